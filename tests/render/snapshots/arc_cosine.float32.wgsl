fn sqrt_(x: f32) -> f32 { return sqrt(max(x, 0f)); }
fn atan2_(y: f32, x: f32) -> f32 {
  let t0 = abs(y);
  let t1 = abs(x);
  let t2 = max(t1, t0);
  let t3 = select(select(1f, 18446744000000000000f, (t2 < 8.6736174e-19f)), 5.421011e-20f, (1152921500000000000f < t2));
  let t4 = (t2 * t3);
  let t5 = select(1f, t4, (0f < t4));
  let t6 = (min(t1, t0) * t3);
  let t7 = ((t5 * 0.41421357f) < t6);
  let t8 = (select(t6, (t6 - t5), t7) / select(t5, (t6 + t5), t7));
  let t9 = (t8 * t8);
  let t10 = (((((-0.060832225f * t9) + 0.10595915f) * t9) + -0.14243838f) * t9);
  let t11 = (t8 + ((t8 * t9) * (((t10 + 0.1999849f) * t9) + -0.33333316f)));
  let t12 = (t1 < t0);
  let t13 = (select(select(0f, 1.5707964f, t12), 0.7853982f, t7) + select(t11, (-t11), t12));
  let t14 = select(t13, (3.1415927f - t13), (x < 0f));
  let t15 = select(t14, (-t14), (y < 0f));
  return t15;
}
let t0 = sqrt_((var1 * var2));
let t1 = sqrt_(max(((t0 - cov) * (t0 + cov)), 0f));
let t2 = ((atan2_(t1, cov) / -6.2831855f) + 0.5f);
let t3 = ((t1 * 0.15915494f) + (t2 * cov));
nngp: t3
dNngp: t2
