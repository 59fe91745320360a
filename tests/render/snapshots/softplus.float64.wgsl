fn power_of_2_(n: i32) -> f64 {
  let root = f64(bitcast<f32>(((n >> 3u) + 127) << 23u));
  let square = root * root;
  let fourth = square * square;
  return fourth * fourth * f64(1 << u32(n & 7));
}
fn ldexp_(x: f64, k: f64) -> f64 {
  let n = i32(k);
  let half = n >> 1u;
  return x * power_of_2_(half) * power_of_2_(n - half);
}
fn exp_(x: f64) -> f64 {
  let t0 = min(max(x, -708.3964185322641lf), 709.782712893384lf);
  let t1 = floor(((t0 * 1.4426950408889634lf) + 0.5lf));
  let t2 = min((t0 - (t1 * 0.6931471803691238lf)), 1.2676506002282294e+30lf);
  let t3 = (t2 - (t1 * 1.9082149292705877e-10lf));
  let t4 = (t3 * t3);
  let t5 = (((2.087533203448003e-9lf * t4) + 2.7557402636303543e-7lf) * t4);
  let t6 = (((t5 + 0.000024801587172545623lf) * t4) + 0.0013888888888962368lf);
  let t7 = (((2.5108978939733457e-8lf * t4) + 0.000002755724437401876lf) * t4);
  let t8 = (((t7 + 0.00019841269885966106lf) * t4) + 0.008333333333321691lf);
  let t9 = ((((t8 * t4) + 0.16666666666666677lf) * t3) + ((((t6 * t4) + 0.04166666666666651lf) * t4) + 0.5lf));
  let t10 = select(ldexp_((((t3 + (t4 * t9)) + 1lf) * 2lf), (t1 - 1lf)), 1.7976931348623157e+308lf, (709.782712893384lf < x));
  let t11 = select(t10, 0lf, (x < -708.3964185322641lf));
  return t11;
}
fn exponent_(x: f64) -> f64 {
  var y = abs(x);
  var e = 0;
  if (y >= 1.3407807929942597e+154lf) { y *= 7.458340731200207e-155lf; e += 512; }
  if (y < 2.983336292480083e-154lf) { y *= 1.3407807929942597e+154lf; e -= 512; }
  if (y >= 1.157920892373162e+77lf) { y *= 8.636168555094445e-78lf; e += 256; }
  if (y < 3.454467422037778e-77lf) { y *= 1.157920892373162e+77lf; e -= 256; }
  if (y >= 3.402823669209385e+38lf) { y *= 2.938735877055719e-39lf; e += 128; }
  if (y < 1.1754943508222875e-38lf) { y *= 3.402823669209385e+38lf; e -= 128; }
  if (y >= 18446744073709552000lf) { y *= 5.421010862427522e-20lf; e += 64; }
  if (y < 2.168404344971009e-19lf) { y *= 18446744073709552000lf; e -= 64; }
  let nearest = f32(y);
  let bits = bitcast<u32>(nearest);
  let rounded_up = (bits & 0x7fffffu) == 0u && f64(nearest) > y;
  return f64(e + i32(bits >> 23u) - select(127, 128, rounded_up));
}
fn log1p_(x: f64) -> f64 {
  let t0 = max((x + 1lf), 2.2250738585072014e-308lf);
  let t1 = exponent_(t0);
  let t2 = ldexp_(t0, (-t1));
  let t3 = (1.4142135623730951lf < t2);
  let t4 = (t1 + select(0lf, 1lf, t3));
  let t5 = (((t2 * select(1lf, 0.5lf, t3)) - 1lf) + ldexp_((x - (t0 - 1lf)), (-t4)));
  let t6 = select(t5, x, (t4 == 0lf));
  let t7 = (t6 / (t6 + 2lf));
  let t8 = (t7 * t7);
  let t9 = (t8 * t8);
  let t10 = ((((0.1479662424618098lf * t9) + 0.18183566668110784lf) * t9) + 0.2857142874276586lf);
  let t11 = (((0.15313986800711618lf * t9) + 0.22222198531153883lf) * t9);
  let t12 = (((t11 + 0.3999999999941313lf) * t8) + ((t10 * t9) + 0.6666666666666735lf));
  let t13 = ((t6 * t6) * 0.5lf);
  let t14 = ((t7 * (t13 + (t8 * t12))) + (t4 * 1.9082149292705877e-10lf));
  let t15 = select(-1.7976931348623157e+308lf, ((t4 * 0.6931471803691238lf) - ((t13 - t14) - t6)), (-1lf < x));
  return t15;
}
let t0 = (max(cov, 0lf) + log1p_(exp_((-abs(cov)))));
value: t0
