/** Element-wise operators in WGSL, for one lane (`f32`) or four (`vec4f`). */
import type { Scalar } from './tensor.ts';

export type Lanes = 1 | 4;

/** The WGSL type of a value in registers. */
export function registerType(scalar: Scalar, lanes: Lanes): string {
  return lanes === 1 ? scalar : `vec4<${scalar}>`;
}

/** The WGSL type of a value in memory. */
export function memoryType(scalar: Scalar, lanes: Lanes): string {
  return registerType(scalar === 'bool' ? ('u32' as Scalar) : scalar, lanes);
}

interface Emit {
  readonly lanes: Lanes;
  /** Of the result. */
  readonly scalar: Scalar;
  /** Of the first argument. */
  readonly from: Scalar;
}

type Operator = (args: readonly string[], emit: Emit) => string;

const infix =
  (operator: string): Operator =>
  ([a, b]) =>
    `(${a} ${operator} ${b})`;

/** A function of `forms` or `dependants` below, which have one form for each number of lanes. */
const helper =
  (name: string): Operator =>
  (args, { lanes }) =>
    `${name}${lanes}(${args.join(', ')})`;

const call =
  (name: string): Operator =>
  (args) =>
    `${name}(${args.join(', ')})`;

export const operators: Readonly<Record<string, Operator>> = {
  Add: infix('+'),
  Sub: infix('-'),
  Mul: infix('*'),
  Div: infix('/'),
  Sum: (args) => `(${args.join(' + ')})`,
  Max: call('max'),
  Min: call('min'),
  Pow: helper('power'),
  Neg: ([x]) => `(-${x})`,
  Abs: call('abs'),
  Sqrt: call('sqrt'),
  // WGSL makes no promise about infinity, which is where e^x would end; a divisor of 3e38 gives the 0 that is meant.
  Exp: ([x], { lanes }) => `exp(min(${x}, ${constant(88.72, 'f32', lanes)}))`,
  Log: helper('logarithm'),
  Erf: helper('erf'),
  Tanh: helper('tangens'),
  Gelu: helper('gelu'),
  Sigmoid: ([x], { lanes }) => `(${one('f32', lanes)} / (${one('f32', lanes)} + exp(-${x})))`,
  Reciprocal: ([x], { lanes }) => `(${one('f32', lanes)} / ${x})`,
  Relu: ([x], { lanes, scalar }) => `max(${x}, ${constant(0, scalar, lanes)})`,
  Equal: infix('=='),
  Greater: infix('>'),
  GreaterOrEqual: infix('>='),
  Less: infix('<'),
  LessOrEqual: infix('<='),
  And: (args, { lanes }) => (lanes === 1 ? `(${args.join(' && ')})` : `(${args.join(' & ')})`),
  Or: (args, { lanes }) => (lanes === 1 ? `(${args.join(' || ')})` : `(${args.join(' | ')})`),
  Not: ([x]) => `(!${x})`,
  Where: ([condition, yes, no]) => `select(${no}, ${yes}, ${condition})`,
  Cast: ([x], { lanes, scalar, from }) => (from === scalar ? x! : `${registerType(scalar, lanes)}(${x})`),
  Reshape: ([x]) => x!,
  Expand: ([x]) => x!,
};

const one = (scalar: Scalar, lanes: Lanes): string => constant(1, scalar, lanes);

/** A number as WGSL writes it. */
export function constant(value: number, scalar: Scalar, lanes: Lanes): string {
  const text = scalar === 'bool' ? String(value !== 0) : scalar === 'i32' ? `${Math.trunc(value)}i` : floatText(value);
  return lanes === 1 ? text : `${registerType(scalar, lanes)}(${text})`;
}

function floatText(value: number): string {
  // WGSL has no way to write them; programs mask with float32's minimum.
  if (!Number.isFinite(value)) throw new Error(`a program for a GPU cannot hold the constant ${value}`);
  const text = String(Math.fround(value));
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

/**
 * Functions WGSL lacks, or promises too little of. erf: a rational approximation, 1e-7 relative; log: built-in logarithms may be
 * off by 5e-7 near 1, where a good model's losses lie, so the mantissa goes through the series of 2·artanh.
 */
const forms: Readonly<Record<string, (type: string) => string>> = {
  erf: (t) => `(x: ${t}) -> ${t} {
  let y = clamp(x, ${t}(-4.0), ${t}(4.0)); let z = y * y;
  var p = ${t}(-2.72614225801306e-10); p = fma(p, z, ${t}(2.77068142495902e-08)); p = fma(p, z, ${t}(-2.10102402082508e-06));
  p = fma(p, z, ${t}(-5.69250639462346e-05)); p = fma(p, z, ${t}(-7.34990630326855e-04)); p = fma(p, z, ${t}(-2.95459980854025e-03));
  p = fma(p, z, ${t}(-1.60960333262415e-02));
  var q = ${t}(-1.45660718464996e-05); q = fma(q, z, ${t}(-2.13374055278905e-04)); q = fma(q, z, ${t}(-1.68282697438203e-03));
  q = fma(q, z, ${t}(-7.37332916720468e-03)); q = fma(q, z, ${t}(-1.42647390514189e-02));
  return y * p / q;
}`,
  logarithm: (t) => `(x: ${t}) -> ${t} {
  let parts = frexp(x); let low = parts.fract < ${t}(0.70710678);
  let m = select(parts.fract, parts.fract * 2.0, low); let k = ${t}(parts.exp) - select(${t}(0.0), ${t}(1.0), low);
  let f = m - 1.0; let s = f / (2.0 + f); let z = s * s; let w = z * z;
  let r = z * (0.66666662693 + w * 0.28498786688) + w * (0.40000972152 + w * 0.24279078841); let h = 0.5 * f * f;
  return select(k * 0.693138123 - ((h - (s * (h + r) + k * 9.0580006145e-6)) - f), log(x), x <= ${t}(0.0));
}`,
  tangens: (t) => `(x: ${t}) -> ${t} { return tanh(clamp(x, ${t}(-15.0), ${t}(15.0))); }`,
  power: (t) => `(x: ${t}, y: ${t}) -> ${t} {
  let odd = abs(y - 2.0 * floor(y * 0.5)) == ${t}(1.0);
  let size = select(pow(abs(x), y), ${t}(0.0), (x == ${t}(0.0)) & (y > ${t}(0.0)));
  return select(size, -size, (x < ${t}(0.0)) & odd);
}`,
};

const dependants: Readonly<Record<string, (type: string, lanes: Lanes) => string>> = {
  gelu: (t, lanes) => `(x: ${t}) -> ${t} { return 0.5 * x * (1.0 + erf${lanes}(x * 0.7071067811865476)); }`,
};

/** The helper functions that `body` calls. */
export function helpersFor(body: string): string {
  const used = (name: string, lanes: Lanes): boolean => body.includes(`${name}${lanes}(`);
  const parts: string[] = [];
  for (const lanes of [1, 4] as const) {
    const type = lanes === 1 ? 'f32' : 'vec4f';
    for (const [name, form] of Object.entries(forms)) {
      if (used(name, lanes) || (name === 'erf' && used('gelu', lanes))) parts.push(`fn ${name}${lanes}${form(type)}`);
    }
    for (const [name, form] of Object.entries(dependants)) {
      if (used(name, lanes)) parts.push(`fn ${name}${lanes}${form(type, lanes)}`);
    }
  }
  return parts.join('\n');
}
