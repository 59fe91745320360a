/**
 * Class probabilities from outputs that were fitted to one-hot targets: softmax(f/T), with the temperature T under which the classes of the
 * training points are most likely given what the model says of each from all others. Guo et al. 2017 (arXiv:1706.04599), §4.2.
 */

/** softmax(β·f) of each row of so many outputs. */
export function softmax(outputs: Float64Array | Float32Array, width: number, beta: number): Float64Array {
  const probabilities = new Float64Array(outputs.length);
  for (let start = 0; start < outputs.length; start += width) {
    let top = -Infinity, sum = 0;
    for (let c = 0; c < width; c++) top = Math.max(top, beta * outputs[start + c]);
    for (let c = 0; c < width; c++) {
      sum += probabilities[start + c] = Math.exp(beta * outputs[start + c] - top);
    }
    for (let c = 0; c < width; c++) probabilities[start + c] /= sum;
  }
  return probabilities;
}

/** Temperatures, in units of the spread of the outputs, beyond which a sharper or flatter softmax changes nothing. */
const [COLDEST, HOTTEST] = [1e-4, 1e4];

/**
 * The T of the largest mean log-probability of the classes. It is concave in β = 1/T, so its slope, E[f of the class] − E[Σ pf], has one
 * zero, which bisection of log β finds; where all classes are right by far, or the outputs say nothing, T is at the end of its range.
 */
export function fittedTemperature(outputs: Float64Array | Float32Array, classes: readonly number[]): number {
  const width = outputs.length / classes.length;
  const spread = spreadOf(outputs, width);
  if (spread === 0) return 1;
  let [cold, hot] = [Math.log(COLDEST * spread), Math.log(HOTTEST * spread)];
  // Halves of a range of 18.4 down to the last digit.
  for (let step = 0; step < 60; step++) {
    const middle = (cold + hot) / 2;
    if (slope(outputs, classes, Math.exp(-middle)) > 0) hot = middle;
    else cold = middle;
  }
  return Math.exp((cold + hot) / 2);
}

/** ∂/∂β of Σ log softmax(β·f) at the classes. */
function slope(outputs: Float64Array | Float32Array, classes: readonly number[], beta: number): number {
  const width = outputs.length / classes.length;
  const probabilities = softmax(outputs, width, beta);
  let sum = 0;
  for (let i = 0; i < outputs.length; i++) sum -= probabilities[i] * outputs[i];
  classes.forEach((hit, row) => sum += outputs[row * width + hit]);
  return sum;
}

/** The mean over rows of the largest output less the smallest. */
function spreadOf(outputs: Float64Array | Float32Array, width: number): number {
  let sum = 0;
  for (let start = 0; start < outputs.length; start += width) {
    const row = outputs.subarray(start, start + width);
    sum += Math.max(...row) - Math.min(...row);
  }
  return sum * width / outputs.length;
}
