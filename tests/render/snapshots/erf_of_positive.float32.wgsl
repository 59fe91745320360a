fn ldexp_(x: f32, k: f32) -> f32 {
  let n = i32(k);
  let half = n >> 1u;
  return x * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((n - half + 127) << 23u);
}
fn erf_(x: f32) -> f32 {
  let t0 = abs(x);
  let t1 = (min(max(t0, 1f), 3.95f) - 1f);
  let t2 = ((((0.00018557391f * t1) + -0.0018261629f) * t1) + 0.009890892f);
  let t3 = ((((((t2 * t1) + -0.041500688f) * t1) + -0.8431183f) * t1) + -2.6389668f);
  let t4 = ((t3 * t1) + -1.8496056f);
  let t5 = floor(((t4 * 1.442695f) + 0.5f));
  let t6 = (min((t4 - (t5 * 0.6933594f)), 1.2676506e+30f) - (t5 * -0.00021219444f));
  let t7 = (((((0.0013882524f * t6) + 0.0083665205f) * t6) + 0.0416672f) * t6);
  let t8 = (t6 + ((t6 * t6) * (((t7 + 0.16666543f) * t6) + 0.49999997f)));
  let t9 = (1f - ldexp_(((t8 + 1f) * 2f), (t5 - 1f)));
  let t10 = min(t0, 1f);
  let t11 = (t10 * t10);
  let t12 = ((((0.000078891215f * t11) + -0.00080208416f) * t11) + 0.005189535f);
  let t13 = ((((((t12 * t11) + -0.026854444f) * t11) + 0.112836f) * t11) + -0.37612626f);
  let t14 = select(select(t9, (-t9), (x < 0f)), (x + (x * ((t13 * t11) + 0.12837917f))), (t0 < 1f));
  return t14;
}
let t0 = select(0f, erf_((cov / var1)), ((0f < cov) && (var1 < 1f)));
let t1 = select(0f, 1f, (cov < 0f));
value: t0
sign: t1
