/** The elliptic envelope in one dimension: robust z-scores by the minimum covariance determinant (Rousseeuw 1984), exact. */

/**
 * Distances from the mean of the half with the least variance, in its standard deviations. Where that half is one value over and over,
 * distances have no unit and stay as they are: their order is the same.
 */
export function distances(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  // As the library has it for one feature: (n + 2)/2, rounded up, of n.
  const size = Math.min(values.length, Math.ceil((values.length + 2) / 2));
  const halves = Array.from({ length: values.length - size + 1 }, (_, start) => momentsOf(sorted.subarray(start, start + size)));
  const { mean, variance } = halves.reduce((best, half) => (half.variance < best.variance ? half : best));
  const scale = variance > 0 ? Math.sqrt(variance) : 1;
  return values.map((value) => Math.abs(value - mean) / scale);
}

function momentsOf(values: Float64Array): { readonly mean: number; readonly variance: number } {
  const first = values[0]!;
  if (values.at(-1) === first) return { mean: first, variance: 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}
