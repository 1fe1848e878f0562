/** IEEE 754 binary16 (1 sign, 5 exponent, 10 fraction bits): widened exactly, narrowed to the nearest, ties to even. */

let table: Float32Array | undefined;

/** The number that each of the 65,536 half-precision patterns stands for; made when first asked for. */
export function widenedHalves(): Float32Array {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => widenHalf(bits));
  return table;
}

function widenHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

// Patterns of float32, sign taken off.
const INFINITE = 0x7f800000;
/** 65,520, half way between the largest half (65,504) and what would be the next: it and all above round to infinity. */
const TOO_LARGE = 0x477ff000;
/** 2^-14, the smallest half with a full fraction. */
const SMALLEST_NORMAL = 0x38800000;
/** Exponents are biased by 127 in float32 and by 15 in half precision; both fractions follow their exponent. */
const BIAS_CHANGE = (127 - 15) << 23;

/**
 * Rounds each number of `from` into `to`. Infinities and NaN stay what they are.
 * @returns the place of the first finite number that is too large, or `null`
 */
export function narrowToHalves(from: Float32Array, to: Uint16Array): number | null {
  const bits = new Uint32Array(from.buffer, from.byteOffset, from.length);
  for (let i = 0; i < bits.length; i++) {
    const size = bits[i]! & 0x7fffffff;
    if (size >= TOO_LARGE && size < INFINITE) return i;
    to[i] = ((bits[i]! >>> 16) & 0x8000) | narrowSize(size);
  }
  return null;
}

function narrowSize(size: number): number {
  if (size >= INFINITE) return size === INFINITE ? 0x7c00 : 0x7e00;
  if (size < SMALLEST_NORMAL) return narrowSmall(size);
  // 13 fraction bits go. Adding just under half of their unit, and one more where the bit that stays is odd, carries exactly when the
  // nearest (of two equally near: the even one) is above; a carry out of the fraction raises the exponent, as it must.
  return (size - BIAS_CHANGE + 0xfff + ((size >>> 13) & 1)) >>> 13;
}

/** Multiples of 2^-24; 1,024 of them are the smallest normal number and have its pattern. */
function narrowSmall(size: number): number {
  const exponent = size >>> 23;
  // fraction · 2^(exponent - 150) = fraction / 2^dropped · 2^-24
  const dropped = 126 - exponent;
  // Below 2^-25, half of the smallest: zero. All subnormal float32 are.
  if (dropped > 24) return 0;
  const fraction = (size & 0x7fffff) | 0x800000;
  const kept = fraction >>> dropped;
  const rest = fraction & ((1 << dropped) - 1);
  const half = 1 << (dropped - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}
