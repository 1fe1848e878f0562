/** The LSTM against plain TensorFlow.js with automatic differentiation, against finite differences, and on every device. */
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { makeRng } from '../../core/rng.ts';
import { openEagerEngine } from '../../engine/eager-engine.ts';
import type { Engine, HostValue, ProgramSource } from '../../engine/index.ts';
import { describeOnDevices } from '../../testing/engines.ts';
import '../../testing/matchers.ts';
import { lstm, type LstmInputs, type LstmOutputs } from './lstm.ts';

type Name = keyof LstmInputs;
const names: readonly Name[] = ['gates', 'recurrent', 'hidden', 'cell'];
const [D, B, H] = [2, 3, 4];

const shapes = (steps: number): Record<Name, number[]> => ({
  gates: [steps, D, B, 4 * H],
  recurrent: [1, D, H, 4 * H],
  hidden: [1, D, B, H],
  cell: [1, D, B, H],
});

function values(steps: number): Record<Name, HostValue> {
  const own = (name: Name): HostValue => {
    const rng = makeRng(`lstm ${name}`);
    const shape = shapes(steps)[name];
    return { shape, dtype: 'float32', data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => rng.normal()) };
  };
  return { gates: own('gates'), recurrent: own('recurrent'), hidden: own('hidden'), cell: own('cell') };
}

/** One step after the other, each direction by itself, in operations that TensorFlow.js differentiates. */
function plain({ gates, recurrent, hidden, cell }: LstmInputs): LstmOutputs {
  const states: tf.Tensor[] = [];
  let [h, c] = [hidden as tf.Tensor, cell as tf.Tensor];
  for (let step = 0; step < gates.shape[0]; step++) {
    const z = tf.add(tf.slice(gates, [step], [1]), tf.matMul(h, recurrent));
    const [i, f, o, g] = [0, 1, 2, 3].map((gate) => tf.slice(z, [0, 0, 0, gate * H], [1, D, B, H])) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    states.push(h);
  }
  return { states: tf.concat(states, 0) as tf.Tensor4D, cell: c as tf.Tensor4D };
}

/** A number that every element of the outputs moves, each by a weight of its own. */
function scoreOf({ states, cell }: LstmOutputs): tf.Scalar {
  const weigh = (x: tf.Tensor): tf.Tensor =>
    tf.sum(tf.mul(x, tf.reshape(tf.tensor1d(Array.from({ length: x.size }, (_, k) => Math.sin(k + 1))), x.shape)));
  return tf.add(weigh(states), weigh(cell));
}

type Gradient = `d ${Name}`;
const source = (steps: number, run: typeof lstm): ProgramSource<Name, never, 'score' | Gradient> => {
  const own = shapes(steps);
  const inputs = Object.fromEntries(names.map((name) => [name, { shape: own[name], dtype: 'float32' } as const])) as Record<
    Name,
    { shape: number[]; dtype: 'float32' }
  >;
  return {
    name: 'lstm',
    inputs,
    keep: [],
    fetch: ['score', 'd gates', 'd recurrent', 'd hidden', 'd cell'],
    body(given) {
      const score = (...tensors: tf.Tensor[]): tf.Scalar =>
        scoreOf(run(Object.fromEntries(names.map((name, index) => [name, tensors[index]!])) as unknown as LstmInputs));
      const { value, grads } = tf.valueAndGrads(score)(names.map((name) => given[name]));
      return { score: value, 'd gates': grads[0]!, 'd recurrent': grads[1]!, 'd hidden': grads[2]!, 'd cell': grads[3]! };
    },
  };
};

async function results(engine: Engine, steps: number, run: typeof lstm, inputs = values(steps)) {
  const program = await engine.compile(source(steps, run));
  const { fetched } = await program.run(inputs);
  await program.release();
  return fetched;
}

test('values and gradients are those of plain cells with automatic differentiation', async () => {
  const eager = openEagerEngine('cpu');
  const [ours, theirs] = [await results(eager, 5, lstm), await results(eager, 5, plain)];
  for (const [name, value] of Object.entries(theirs))
    expect(ours[name as Gradient], name).toBeAllclose(value, { relative: 1e-4, absolute: 1e-5 });
  expect(theirs['d recurrent'].some((value) => Math.abs(value) > 0.1)).toBe(true);
});

test('gradients are finite differences', async () => {
  const eager = openEagerEngine('cpu');
  const inputs = values(4);
  const { score: _, ...gradients } = await results(eager, 4, lstm);
  const step = 1e-2;
  for (const name of names) {
    for (const at of [0, 7, 11]) {
      const moved = async (by: number): Promise<number> => {
        const data = Float32Array.from(inputs[name].data, (value, index) => (index === at ? value + by : value));
        return (await results(eager, 4, lstm, { ...inputs, [name]: { ...inputs[name], data } })).score[0]!;
      };
      const slope = ((await moved(step)) - (await moved(-step))) / (2 * step);
      expect(gradients[`d ${name}`][at], `${name} ${at}`).toBeAllclose(slope, { relative: 1e-2, absolute: 2e-3 });
    }
  }
});

describeOnDevices('lstm', (open) => {
  test('traced, it computes what the eager engine computes', async () => {
    const [ours, eager] = [await results(await open(), 9, lstm), await results(openEagerEngine('cpu'), 9, lstm)];
    for (const [name, value] of Object.entries(eager))
      expect(ours[name as Gradient], name).toBeAllclose(value, { relative: 1e-3, absolute: 1e-4 });
  });

  test('a step adds eighteen nodes, forward and back', async () => {
    const engine = await open();
    const count = async (steps: number): Promise<number> => (await engine.compile(source(steps, lstm))).nodeCount!;
    expect(((await count(30)) - (await count(10))) / 20).toBe(18);
  });
});
