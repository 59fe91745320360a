/** All pairs of inputs, block by block; only their outputs are kept. */
import type { Program } from "../../../program.ts";
import type { Values } from "../../backend.ts";
import { Buffers, bytesOf } from "../buffers.ts";
import { guarded } from "../errors.ts";
import { run } from "./executor.ts";
import { type FeatureBuffer, type Packed, uploadFeatures } from "./features.ts";
import { givenValues } from "./given.ts";
import type { Features, PairBlock } from "./kernel.ts";
import type { Session, Stage } from "./session.ts";
import { type Strip, uploadInputs, type Variances } from "./sides.ts";
