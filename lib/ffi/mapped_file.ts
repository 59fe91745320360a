/**
 * Files as memory: the system reads what is touched, keeps it for as long as there is room, and may drop it at any time. In: the path
 * of a file that nobody makes shorter meanwhile, which would end the process. By `mmap` of the C library; no compiler is needed.
 */
import { isGranted } from "./setup.ts";

const symbols = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
} as const;

const libraries: Readonly<Partial<Record<typeof Deno.build.os, string>>> = {
  linux: "libc.so.6",
  darwin: "/usr/lib/libSystem.B.dylib",
};

/** The same numbers on Linux and on macOS */
const [READ_ONLY, PROT_READ, MAP_SHARED] = [0, 1, 1];
/** What `mmap` returns where it cannot: −1 */
const FAILED = 2n ** 64n - 1n;

/** A file in memory. */
export interface MappedFile {
  /** So many integers of 32 bits that begin at a byte, to be read only, and not after `unmap` */
  readonly integers: (byte: number, count: number) => Int32Array;
  readonly unmap: () => void;
}

/** The first bytes of a file as memory; null where that cannot be done, or is not permitted. */
export function mapFile(path: string, bytes: number): MappedFile | null {
  const library = libraries[Deno.build.os];
  if (library === undefined || !isGranted({ name: "ffi" }) || !isGranted({ name: "read", path })) return null;
  const c = opened(library);
  if (c === null) return null;
  const file = c.open(new TextEncoder().encode(`${path}\0`), READ_ONLY);
  if (file < 0) return null;
  const memory = c.mmap(null, BigInt(bytes), PROT_READ, MAP_SHARED, file, 0n);
  // What is mapped stays so.
  c.close(file);
  if (memory === null || Deno.UnsafePointer.value(memory) === FAILED) return null;
  return {
    integers: (byte, count) => new Int32Array(Deno.UnsafePointerView.getArrayBuffer(memory, 4 * count, byte)),
    unmap: () => void c.munmap(memory, BigInt(bytes)),
  };
}

function opened(library: string) {
  try {
    return Deno.dlopen(library, symbols).symbols;
  } catch {
    return null;
  }
}
