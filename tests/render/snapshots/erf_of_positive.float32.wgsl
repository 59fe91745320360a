fn ldexp_(x: f32, k: f32) -> f32 {
  let n = i32(k);
  let half = n >> 1u;
  return x * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((n - half + 127) << 23u);
}
fn erf_(x: f32) -> f32 {
  let t0 = abs(x);
  let t1 = min(t0, 1f);
  let t2 = (t1 * t1);
  let t3 = ((((0.000078891215f * t2) + -0.00080208416f) * t2) + 0.005189535f);
  let t4 = ((((((t3 * t2) + -0.026854444f) * t2) + 0.112836f) * t2) + -0.37612626f);
  let t5 = (min(max(t0, 1f), 3.95f) - 1f);
  let t6 = ((((0.00018557391f * t5) + -0.0018261629f) * t5) + 0.009890892f);
  let t7 = ((((((t6 * t5) + -0.041500688f) * t5) + -0.8431183f) * t5) + -2.6389668f);
  let t8 = ((t7 * t5) + -1.8496056f);
  let t9 = floor(((t8 * 1.442695f) + 0.5f));
  let t10 = (min((t8 - (t9 * 0.6933594f)), 1.2676506e+30f) - (t9 * -0.00021219444f));
  let t11 = ((((0.0013882524f * t10) + 0.0083665205f) * t10) + 0.0416672f);
  let t12 = ((t10 * t10) * ((((t11 * t10) + 0.16666543f) * t10) + 0.49999997f));
  let t13 = (1f - ldexp_((((t10 + t12) + 1f) * 2f), (t9 - 1f)));
  let t14 = select(select(t13, (-t13), (x < 0f)), (x + (x * ((t4 * t2) + 0.12837917f))), (t0 < 1f));
  return t14;
}
let t0 = select(0f, erf_((cov / var1)), ((0f < cov) && (var1 < 1f)));
let t1 = select(0f, 1f, (cov < 0f));
value: t0
sign: t1
