fn ldexp_(x: f32, k: f32) -> f32 {
  let n = i32(k);
  let half = n >> 1u;
  return x * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((n - half + 127) << 23u);
}
fn erf_(x: f32) -> f32 {
  let t0 = abs(x);
  let t1 = (min(max(t0, 1f), 3.95f) - 1f);
  let t2 = (t1 * t1);
  let t3 = ((((0.00018557391f * t2) + 0.009890892f) * t2) + -0.8431183f);
  let t4 = ((((-0.0018261629f * t2) + -0.041500688f) * t2) + -2.6389668f);
  let t5 = ((t4 * t1) + ((t3 * t2) + -1.8496056f));
  let t6 = floor(((t5 * 1.442695f) + 0.5f));
  let t7 = (min((t5 - (t6 * 0.6933594f)), 1.2676506e+30f) - (t6 * -0.00021219444f));
  let t8 = (((((0.0013882524f * t7) + 0.0083665205f) * t7) + 0.0416672f) * t7);
  let t9 = (t7 + ((t7 * t7) * (((t8 + 0.16666543f) * t7) + 0.49999997f)));
  let t10 = (1f - ldexp_(((t9 + 1f) * 2f), (t6 - 1f)));
  let t11 = min(t0, 1f);
  let t12 = (t11 * t11);
  let t13 = (t12 * t12);
  let t14 = ((((0.000078891215f * t13) + 0.005189535f) * t13) + 0.112836f);
  let t15 = ((((-0.00080208416f * t13) + -0.026854444f) * t13) + -0.37612626f);
  let t16 = select(select(t10, (-t10), (x < 0f)), (x + (x * ((t15 * t12) + ((t14 * t13) + 0.12837917f)))), (t0 < 1f));
  return t16;
}
let t0 = select(0f, erf_((cov / var1)), ((0f < cov) && (var1 < 1f)));
let t1 = select(0f, 1f, (cov < 0f));
value: t0
sign: t1
