fn ldexp_(x: f32, k: f32) -> f32 {
  let n = i32(k);
  let half = n >> 1u;
  return x * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((n - half + 127) << 23u);
}
fn exp_(x: f32) -> f32 {
  let t0 = min(max(x, -87.33655f), 88.72283f);
  let t1 = floor(((t0 * 1.442695f) + 0.5f));
  let t2 = (min((t0 - (t1 * 0.6933594f)), 1.2676506e+30f) - (t1 * -0.00021219444f));
  let t3 = (((((0.0013882524f * t2) + 0.0083665205f) * t2) + 0.0416672f) * t2);
  let t4 = (t2 + ((t2 * t2) * (((t3 + 0.16666543f) * t2) + 0.49999997f)));
  let t5 = select(ldexp_(((t4 + 1f) * 2f), (t1 - 1f)), 3.402823466e+38f, (88.72283f < x));
  let t6 = select(t5, 0f, (x < -87.33655f));
  return t6;
}
fn exponent_(x: f32) -> f32 { return f32(i32((bitcast<u32>(x) >> 23u) & 255u) - 127); }
fn log1p_(x: f32) -> f32 {
  let t0 = max((x + 1f), 1.1754944e-38f);
  let t1 = exponent_(t0);
  let t2 = ldexp_(t0, (-t1));
  let t3 = (1.4142135f < t2);
  let t4 = (t1 + select(0f, 1f, t3));
  let t5 = (((t2 * select(1f, 0.5f, t3)) - 1f) + ldexp_((x - (t0 - 1f)), (-t4)));
  let t6 = select(t5, x, (t4 == 0f));
  let t7 = (t6 / (t6 + 2f));
  let t8 = (t7 * t7);
  let t9 = (t8 * ((((0.2987231f * t8) + 0.3997752f) * t8) + 0.66666776f));
  let t10 = ((t6 * t6) * 0.5f);
  let t11 = ((t4 * 0.6933594f) - ((t10 - ((t7 * (t10 + t9)) + (t4 * -0.00021219444f))) - t6));
  let t12 = select(-3.402823466e+38f, t11, (-1f < x));
  return t12;
}
let t0 = (max(cov, 0f) + log1p_(exp_((-abs(cov)))));
value: t0
