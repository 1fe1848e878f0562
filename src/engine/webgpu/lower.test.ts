/** What a traced graph becomes: which operations share a kernel, what is a view, and where values lie. No GPU is needed. */
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { adamwUpdate } from '../adamw.ts';
import type { Signature } from '../contracts.ts';
import { lookUpRows } from '../ops.ts';
import { trace } from '../trace.ts';
import { lower, type LoweredProgram } from './lower.ts';
import { planMemory, rootOf, touched } from './memory.ts';

beforeEach(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

const matrix = { shape: [8, 16], dtype: 'float32' } as const;

function lowered(
  body: (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>,
  inputs: Signature = { x: matrix },
  alignment = 4,
): LoweredProgram {
  return lower(trace(body, inputs).graph, new Set(), alignment);
}

const kinds = ({ work }: LoweredProgram): string[] => work.map(({ kind }) => kind);
const labels = ({ work }: LoweredProgram): string[] => work.flatMap((item) => (item.kind === 'dispatch' ? [item.label] : []));

describe('element-wise operations', () => {
  test('a chain is one kernel, whatever its length and whatever is broadcast into it', () => {
    const program = lowered(({ x, b }) => ({ y: tf.tanh(tf.mul(tf.add(tf.sub(x!, b!), 1), 0.5)) }), {
      x: matrix,
      b: { shape: [16], dtype: 'float32' },
    });
    expect(labels(program)).toEqual(['Sub Add Mul Tanh [8,16]']);
  });

  test('a value read by two is stored when it is dear, and computed twice when it is cheap', () => {
    const twice = (f: (x: tf.Tensor) => tf.Tensor): LoweredProgram =>
      lowered(({ x }) => {
        const shared = f(x!);
        return { a: tf.sum(shared, 1), b: tf.mul(shared, 3) };
      });
    expect(labels(twice((x) => tf.exp(tf.tanh(x))))).toContain('Tanh Exp [8,16]');
    expect(labels(twice((x) => tf.neg(x)))).not.toContain('Neg [8,16]');
  });

  test('reductions compute their argument as they read it', () => {
    expect(labels(lowered(({ x }) => ({ y: tf.sum(tf.square(x!), 1) })))).toEqual(['reduce 8x16']);
  });

  test('what has no elements is refused before anything runs', () => {
    expect(() => lowered(({ x }) => ({ y: tf.sum(tf.slice(x!, [0, 0], [8, 0])) }))).toThrow(/cut .*without elements/);
  });

  test.each([(1 << 23) - 1, 1 << 23, (1 << 23) + 1])('an update of %i parameters has no part without elements', (size) => {
    const vector = { shape: [size], dtype: 'float32' } as const;
    const program = lowered(
      ({ theta, m, v, gradient, rate }) => {
        const state = { theta: theta as tf.Tensor1D, m: m as tf.Tensor1D, v: v as tf.Tensor1D };
        return { ...adamwUpdate(state, gradient as tf.Tensor1D, rate as tf.Tensor1D, 1) };
      },
      { theta: vector, m: vector, v: vector, gradient: vector, rate: { shape: [1], dtype: 'float32' } },
    );
    expect(program.work.length).toBeGreaterThan(0);
  });

  test('no kernel reads more buffers than every device binds', () => {
    const names = Array.from({ length: 20 }, (_, index) => `x${index}`);
    const program = lowered(
      (inputs) => ({ y: names.reduce((sum, name) => tf.add(tf.mul(sum, inputs[name]!), inputs[name]!), tf.zeros([8, 16])) }),
      Object.fromEntries(names.map((name) => [name, matrix])),
    );
    const most = Math.max(...program.work.map((item) => (item.kind === 'dispatch' ? item.bindings.length : 0)));
    expect(most).toBeLessThanOrEqual(8);
  });
});

describe('views', () => {
  test('reshapes and cuts that lie together cost nothing', () => {
    const cut = (start: number): LoweredProgram =>
      lowered(({ x }) => ({ y: tf.exp(tf.reshape(tf.slice(x!, [start, 0], [2, 16]), [4, 8])) }), { x: matrix });
    expect(kinds(cut(2))).toEqual(['dispatch']);
  });

  test('a cut that begins where no kernel may begin is copied once', () => {
    const program = lowered(
      ({ x }) => {
        const part = tf.slice(tf.reshape(x!, [128]), 3, 8);
        return { a: tf.exp(part), b: tf.tanh(part) };
      },
      { x: matrix },
      64,
    );
    expect(kinds(program)).toEqual(['copy', 'dispatch', 'dispatch']);
  });

  test('parts that are joined are written into their places at once', () => {
    const program = lowered(({ x }) => ({ y: tf.concat([tf.exp(x!), tf.tanh(x!)], 0) }));
    expect(kinds(program)).toEqual(['dispatch', 'dispatch']);
    const roots = new Set(program.work.flatMap((item) => (item.kind === 'dispatch' ? [rootOf(item.bindings.at(-1)!.storage).root] : [])));
    expect(roots.size).toBe(1);
  });

  test('a part that is joined twice is copied from a buffer of its own', () => {
    const { work } = lowered(({ x }) => {
      const part = tf.exp(x!);
      return { y: tf.concat([part, part], 0) };
    });
    expect(work.map(({ kind }) => kind)).toEqual(['dispatch', 'copy', 'copy']);
    expect(work.every((item) => item.kind !== 'copy' || rootOf(item.from).root !== rootOf(item.to).root)).toBe(true);
  });

  test('an output that is an input is copied, so that each can be freed by itself', () => {
    expect(kinds(lowered(({ x }) => ({ y: x! })))).toEqual(['copy']);
  });
});

describe('memory', () => {
  /** Layers of a product and a dear function, each read by the next alone. */
  const deep = (layers: number): LoweredProgram =>
    lowered(({ x, w }) => ({ y: Array.from({ length: layers }).reduce<tf.Tensor>((h) => tf.tanh(tf.matMul(h, w!)), x!) }), {
      x: matrix,
      w: { shape: [16, 16], dtype: 'float32' },
    });

  test('what is no longer read is used again: a deep program needs no more than a shallow one', () => {
    const bytes = (layers: number): number => planMemory(deep(layers).work).slots.reduce((sum, { size }) => sum + size, 0);
    expect(bytes(20)).toBe(bytes(4));
  });

  test('two values that live at once never share a slot', () => {
    const { work } = lowered(
      ({ x, w }) => {
        const h = tf.tanh(tf.matMul(x!, w!));
        const g = tf.exp(tf.matMul(h, w!));
        return { y: tf.add(tf.matMul(g, w!), h) };
      },
      { x: matrix, w: { shape: [16, 16], dtype: 'float32' } },
    );
    const { of } = planMemory(work);
    const lives = new Map<object, [number, number]>();
    work.forEach((item, index) => {
      for (const storage of touched(item)) {
        const { root } = rootOf(storage);
        lives.set(root, [lives.get(root)?.[0] ?? index, index]);
      }
    });
    for (const [a, slotA] of of) {
      for (const [b, slotB] of of) {
        if (a === b || slotA !== slotB) continue;
        const [[firstA, lastA], [firstB, lastB]] = [lives.get(a)!, lives.get(b)!];
        expect(lastA < firstB || lastB < firstA).toBe(true);
      }
    }
  });
});

test('an operator without a kernel is named', () => {
  const graph = trace(({ x }) => ({ y: tf.exp(x!) }), { x: matrix }).graph;
  const strange = { ...graph, nodes: graph.nodes.map((node) => (node.opType === 'Exp' ? { ...node, opType: 'Hardmax' } : node)) };
  expect(() => lower(strange, new Set(), 4)).toThrow('the operator Hardmax has no GPU kernel');
});

test('adding up rows with equal indices takes no atomic operation', () => {
  const program = lowered(
    ({ x, ids }) => ({ y: tf.grad((table: tf.Tensor) => tf.sum(lookUpRows(table as tf.Tensor2D, ids as tf.Tensor1D)))(x!) }),
    { x: matrix, ids: { shape: [40], dtype: 'int32' } },
  );
  expect(program.work.some((item) => item.kind === 'dispatch' && item.code.includes('atomic'))).toBe(false);
  expect(labels(program).filter((label) => label.startsWith('scatter'))).toHaveLength(3);
});
