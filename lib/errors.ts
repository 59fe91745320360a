/** Errors that a caller may want to catch by name; everything else is a `TypeError` or a `RangeError`. */

/** A backend that was asked for by name cannot run here; the message says why and what to do. */
export class BackendUnavailableError extends Error {
  override name = "BackendUnavailableError";
}

/** The GPU device was lost while a kernel was being computed; nothing of the result was kept. */
export class DeviceLostError extends Error {
  override name = "DeviceLostError";
}

/** A matrix that has to be positive definite is not; the message names the smallest pivot and the jitter tried. */
export class NotPositiveDefiniteError extends Error {
  override name = "NotPositiveDefiniteError";
}

/** The request is meaningful but not covered; the message says what to use instead. */
export class UnsupportedError extends Error {
  override name = "UnsupportedError";
}
