/**
 * A layer of LSTM cells over all steps of a sequence, with the gradient in closed form: eleven graph nodes a step forward and seven
 * back, however many directions run side by side.
 *
 * Shapes: S steps, D directions, B rows, H width of a direction. Gates stand in the order input, forget, output, candidate.
 */
import * as tf from '@tensorflow/tfjs';

export interface LstmInputs {
  /** What each step's input adds to the gates before they are squashed, biases included: [S, D, B, 4H]. */
  readonly gates: tf.Tensor4D;
  /** What the hidden state adds: [1, D, H, 4H]. */
  readonly recurrent: tf.Tensor4D;
  /** [1, D, B, H] each. */
  readonly hidden: tf.Tensor4D;
  readonly cell: tf.Tensor4D;
}

export interface LstmOutputs {
  /** Hidden states after each step: [S, D, B, H]. */
  readonly states: tf.Tensor4D;
  /** The cell after the last step: [1, D, B, H]. */
  readonly cell: tf.Tensor4D;
}

export function lstm({ gates, recurrent, hidden, cell }: LstmInputs): LstmOutputs {
  const steps = gates.shape[0];
  // An operation with a gradient of its own has one result: the last cell travels behind the states.
  const all: tf.Tensor4D = tf.customGrad((...args: unknown[]) => {
    const [x, weight, h0, c0, save] = args as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    const run = forward(x, weight, h0, c0);
    save([weight, run.hiddenBefore, run.cellBefore, run.squashed, run.candidates, run.cellTanh]);
    return { value: tf.concat([run.hiddenAfter, run.lastCell], 0), gradFunc: backward };
  })(gates, recurrent, hidden, cell);
  const [states, last] = tf.split(all, [steps, 1], 0) as [tf.Tensor4D, tf.Tensor4D];
  return { states, cell: last };
}

/** Everything the backward pass needs, all steps in one tensor [S, D, B, .] each. */
function forward(gates: tf.Tensor4D, recurrent: tf.Tensor4D, h0: tf.Tensor4D, c0: tf.Tensor4D) {
  const width = h0.shape[3];
  const hiddens = [h0];
  const cells = [c0];
  const squashed: tf.Tensor4D[] = [];
  const candidates: tf.Tensor4D[] = [];
  const tanhs: tf.Tensor4D[] = [];
  for (const x of tf.split<tf.Tensor4D>(gates, gates.shape[0], 0)) {
    const z: tf.Tensor4D = tf.add(x, tf.matMul(hiddens.at(-1)!, recurrent));
    const [zGates, zCandidate] = tf.split(z, [3 * width, width], 3) as [tf.Tensor4D, tf.Tensor4D];
    const sigma = tf.sigmoid(zGates);
    const candidate = tf.tanh(zCandidate);
    const [input, forget, output] = tf.split(sigma, 3, 3) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const cell: tf.Tensor4D = tf.add(tf.mul(forget, cells.at(-1)!), tf.mul(input, candidate));
    const cellTanh = tf.tanh(cell);
    hiddens.push(tf.mul(output, cellTanh));
    cells.push(cell);
    squashed.push(sigma);
    candidates.push(candidate);
    tanhs.push(cellTanh);
  }
  return {
    hiddenBefore: joined(hiddens.slice(0, -1)),
    hiddenAfter: joined(hiddens.slice(1)),
    cellBefore: joined(cells.slice(0, -1)),
    lastCell: cells.at(-1)!,
    squashed: joined(squashed),
    candidates: joined(candidates),
    cellTanh: joined(tanhs),
  };
}

const joined = (steps: tf.Tensor4D[]): tf.Tensor4D => tf.concat(steps, 0);

/**
 * Back through time. With dh, dc the gradients of a step's hidden state and cell: dc += dh·o·(1 − tanh²c); of the gates before
 * squashing, dc·g·i(1−i), dc·c₋·f(1−f), dh·tanh c·o(1−o), dc·i·(1−g²). All factors of dh and dc are computed for all steps at once.
 */
function backward(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [recurrent, hiddenBefore, cellBefore, squashed, candidates, cellTanh] = saved as [
    ...[tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor4D],
  ];
  const steps = cellTanh.shape[0];
  const perStep = (x: tf.Tensor): tf.Tensor4D[] => tf.split(x, x.shape[0], 0);
  const [input, forget, output] = tf.split(squashed, 3, 3) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  const slopes = tf.mul(squashed, tf.sub(1, squashed));
  const factors = perStep(
    tf.concat([tf.mul(slopes, tf.concat([candidates, cellBefore, cellTanh], 3)), tf.mul(input, tf.sub(1, tf.square(candidates)))], 3),
  );
  const toCell = perStep(tf.mul(output, tf.sub(1, tf.square(cellTanh))));
  const forgets = perStep(forget);
  const outer = perStep(dy);

  const dGates: tf.Tensor4D[] = [];
  let dHidden: tf.Tensor4D | null = null;
  let dCell = outer[steps]!;
  for (let step = steps - 1; step >= 0; step--) {
    const dh: tf.Tensor4D = dHidden === null ? outer[step]! : tf.add(outer[step]!, dHidden);
    const dc: tf.Tensor4D = tf.add(dCell, tf.mul(dh, toCell[step]!));
    const dz: tf.Tensor4D = tf.mul(tf.concat([dc, dc, dh, dc], 3), factors[step]!);
    dGates.push(dz);
    dHidden = tf.matMul(dz, recurrent, false, true);
    dCell = tf.mul(dc, forgets[step]!);
  }
  const dAll = joined(dGates.reverse());
  return [dAll, recurrentGradient(hiddenBefore, dAll), dHidden!, dCell];
}

/** Σ over steps and rows of hᵀ·dz, for each direction: [1, D, H, 4H]. */
function recurrentGradient(hidden: tf.Tensor4D, dGates: tf.Tensor4D): tf.Tensor4D {
  const [steps, directions, rows] = hidden.shape;
  const flat = (x: tf.Tensor4D): tf.Tensor4D => tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [1, directions, steps * rows, x.shape[3]]);
  return tf.matMul(flat(hidden), flat(dGates), true);
}
