/** Networks with positions on the WebGPU backend against `conv.json`, and against the reference backend. */
import { positionTargets } from "../targets.ts";
import { testConvolutions } from "./conv_cases.ts";

positionTargets.filter(({ options }) => options.backend === "webgpu").forEach(testConvolutions);
