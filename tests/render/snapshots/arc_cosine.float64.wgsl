fn sqrt_(x: f64) -> f64 { return sqrt(max(x, 0lf)); }
fn atan2_(y: f64, x: f64) -> f64 {
  let t0 = abs(y);
  let t1 = abs(x);
  let t2 = max(t1, t0);
  let t3 = select(1lf, 1.3407807929942597e+154lf, (t2 < 3.054936363499605e-151lf));
  let t4 = select(t3, 7.458340731200207e-155lf, (3.273390607896142e+150lf < t2));
  let t5 = (t2 * t4);
  let t6 = select(1lf, t5, (0lf < t5));
  let t7 = (min(t1, t0) * t4);
  let t8 = ((t6 * 0.41421356237309503lf) < t7);
  let t9 = (select(t7, (t7 - t6), t8) / select(t6, (t7 + t6), t8));
  let t10 = (t9 * t9);
  let t11 = (((-0.017920779515761924lf * t10) + 0.03807697917352547lf) * t10);
  let t12 = (((t11 + -0.05039793859969018lf) * t10) + 0.05847997728158696lf);
  let t13 = ((((t12 * t10) + -0.06663118886936953lf) * t10) + 0.07692061509298213lf);
  let t14 = ((((t13 * t10) + -0.09090897829501454lf) * t10) + 0.11111110785905388lf);
  let t15 = ((((t14 * t10) + -0.14285714280244066lf) * t10) + 0.1999999999995404lf);
  let t16 = (t9 + ((t9 * t10) * ((t15 * t10) + -0.333333333333332lf)));
  let t17 = (t1 < t0);
  let t18 = select(select(0lf, 1.5707963267948966lf, t17), 0.7853981633974483lf, t8);
  let t19 = (t18 + select(t16, (-t16), t17));
  let t20 = select(t19, (3.141592653589793lf - t19), (x < 0lf));
  let t21 = select(t20, (-t20), (y < 0lf));
  return t21;
}
let t0 = sqrt_((var1 * var2));
let t1 = sqrt_(max(((t0 - cov) * (t0 + cov)), 0lf));
let t2 = ((atan2_(t1, cov) / -6.283185307179586lf) + 0.5lf);
let t3 = ((t1 * 0.15915494309189535lf) + (t2 * cov));
nngp: t3
dNngp: t2
