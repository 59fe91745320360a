fn sqrt_(x: f64) -> f64 { return sqrt(max(x, 0lf)); }
fn atan2_(y: f64, x: f64) -> f64 {
  let t0 = abs(y);
  let t1 = abs(x);
  let t2 = max(t1, t0);
  let t3 = select(1lf, 1.3407807929942597e+154lf, (t2 < 3.054936363499605e-151lf));
  let t4 = select(t3, 7.458340731200207e-155lf, (3.273390607896142e+150lf < t2));
  let t5 = (t2 * t4);
  let t6 = ((min(t1, t0) * t4) / select(1lf, t5, (0lf < t5)));
  let t7 = (t6 * t6);
  let t8 = ((((t7 + 39.87872927414442lf) * t7) + 422.3179442443498lf) * t7);
  let t9 = ((((t8 + 1817.1694065438303lf) * t7) + 3653.683494543129lf) * t7);
  let t10 = ((((-0.902317563083267lf * t7) + -28.562912031007627lf) * t7) + -230.02505508401205lf);
  let t11 = ((((t10 * t7) + -705.5364209579421lf) * t7) + -899.8421632316857lf);
  let t12 = (((t6 * t7) * ((t11 * t7) + -401.73030220865195lf)) / (((t9 + 3422.6410336699905lf) * t7) + 1205.1909066259627lf));
  let t13 = (t6 + t12);
  let t14 = select(t13, (1.5707963267948966lf - t13), (t1 < t0));
  let t15 = select(t14, (3.141592653589793lf - t14), (x < 0lf));
  let t16 = select(t15, (-t15), (y < 0lf));
  return t16;
}
let t0 = sqrt_((var1 * var2));
let t1 = sqrt_(max(((t0 - cov) * (t0 + cov)), 0lf));
let t2 = ((atan2_(t1, cov) / -6.283185307179586lf) + 0.5lf);
let t3 = ((t1 * 0.15915494309189535lf) + (t2 * cov));
nngp: t3
dNngp: t2
