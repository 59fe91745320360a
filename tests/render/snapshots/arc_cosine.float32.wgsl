fn sqrt_(x: f32) -> f32 { return sqrt(max(x, 0f)); }
fn atan2_(y: f32, x: f32) -> f32 {
  let t0 = abs(x);
  let t1 = abs(y);
  let t2 = max(t0, t1);
  let t3 = select(select(1f, 18446744000000000000f, (t2 < 8.6736174e-19f)), 5.421011e-20f, (1152921500000000000f < t2));
  let t4 = (t2 * t3);
  let t5 = select(1f, t4, (0f < t4));
  let t6 = (min(t0, t1) * t3);
  let t7 = ((t5 * 0.41421357f) < t6);
  let t8 = (t0 < t1);
  let t9 = (select(t6, (t6 - t5), t7) / select(t5, (t6 + t5), t7));
  let t10 = (t9 * t9);
  let t11 = ((((-0.060832225f * t10) + 0.10595915f) * t10) + -0.14243838f);
  let t12 = ((t9 * t10) * ((((t11 * t10) + 0.1999849f) * t10) + -0.33333316f));
  let t13 = (t9 + t12);
  let t14 = (select(select(0f, 1.5707964f, t8), 0.7853982f, t7) + select(t13, (-t13), t8));
  let t15 = select(t14, (3.1415927f - t14), (x < 0f));
  let t16 = select(t15, (-t15), (y < 0f));
  return t16;
}
let t0 = sqrt_((var1 * var2));
let t1 = sqrt_(max(((t0 - cov) * (t0 + cov)), 0f));
let t2 = ((atan2_(t1, cov) / -6.2831855f) + 0.5f);
let t3 = ((t1 * 0.15915494f) + (t2 * cov));
nngp: t3
dNngp: t2
