fn sqrt_(x: f32) -> f32 { return sqrt(max(x, 0f)); }
fn atan2_(y: f32, x: f32) -> f32 {
  let t0 = abs(y);
  let t1 = abs(x);
  let t2 = max(t1, t0);
  let t3 = select(select(1f, 18446744000000000000f, (t2 < 8.6736174e-19f)), 5.421011e-20f, (1152921500000000000f < t2));
  let t4 = (t2 * t3);
  let t5 = ((min(t1, t0) * t3) / select(1f, t4, (0f < t4)));
  let t6 = (t5 * t5);
  let t7 = (((((t6 + 11.334943f) * t6) + 28.840626f) * t6) + 19.695095f);
  let t8 = ((t5 * t6) * ((((-0.823358f * t6) + -5.674568f) * t6) + -6.5650296f));
  let t9 = (t5 + (t8 / t7));
  let t10 = select(t9, (1.5707964f - t9), (t1 < t0));
  let t11 = select(t10, (3.1415927f - t10), (x < 0f));
  let t12 = select(t11, (-t11), (y < 0f));
  return t12;
}
let t0 = sqrt_((var1 * var2));
let t1 = sqrt_(max(((t0 - cov) * (t0 + cov)), 0f));
let t2 = ((atan2_(t1, cov) / -6.2831855f) + 0.5f);
let t3 = ((t1 * 0.15915494f) + (t2 * cov));
nngp: t3
dNngp: t2
