/** Scores of the spectral signature: how far a representation reaches along the directions in which its group varies most. */
import type { Pause } from '../../core/pause.ts';
import { momentsOf } from '../linear-algebra/covariance.ts';
import { dot, rowOf, type Rows } from '../linear-algebra/rows.ts';
import { symmetricEigen, type Eigen } from '../linear-algebra/symmetric-eigen.ts';
import type { SpectralSettings } from './settings.ts';

type Settings = Pick<SpectralSettings, 'k' | 'eigenvector'>;

/** s_i = Σ_{j ≤ k} (M_i·v_j)² of the centred rows M, v_1 … v_k their right singular vectors of largest singular value. */
export async function spectralScores(rows: Rows, { k, eigenvector }: Settings, pause: Pause): Promise<Float64Array> {
  const { width, count } = rows;
  const scores = new Float64Array(count);
  if (count === 0) return scores;
  const { mean, covariance } = await momentsOf(rows, pause);
  const eigen = await symmetricEigen(covariance, width, pause);
  const largestFirst = Array.from({ length: Math.min(k, width) }, (_, j) => width - 1 - j);
  const directions = largestFirst.map((index) => (eigenvector === 'column' ? rowOf(eigen.vectors, width, index) : mistaken(eigen, index)));
  const row = new Float64Array(width);
  for (let i = 0; i < count; i++) {
    rows.read(i, row);
    for (let j = 0; j < width; j++) row[j]! -= mean[j]!;
    scores[i] = directions.reduce((sum, direction) => sum + dot(row, direction) ** 2, 0);
  }
  return scores;
}

/**
 * The trap of defenses.md 7: solvers give eigenvectors as columns of a matrix, eigenvalues ascending, and the scripts take its *row* at the
 * largest one. What stands there depends on the signs that a solver chose.
 */
function mistaken({ values, vectors }: Eigen, index: number): Float64Array {
  const width = values.length;
  return Float64Array.from({ length: width }, (_, column) => vectors[column * width + index]!);
}
