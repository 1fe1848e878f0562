/** Every kernel of the table against TensorFlow.js' own `cpu` backend, on random shapes and values. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeOnDevices } from '../testing/engines.ts';
import { kernelCases, type KernelCase } from '../testing/kernel-cases.ts';
import { difference } from '../testing/matchers.ts';
import type { Engine, ProgramSource } from './contracts.ts';
import { openEagerEngine } from './eager-engine.ts';
import { kernels } from './kernels.ts';

const reference = openEagerEngine('cpu');

test('every kernel of the table has a case, and every case a kernel', () => {
  expect(Object.keys(kernelCases).toSorted()).toEqual(Object.keys(kernels).toSorted());
});

type Drawn = readonly (readonly [name: string, kernelCase: KernelCase])[];

/** A case for each kernel. */
const drawAll = (g: fc.GeneratorValue): Drawn => Object.entries(kernelCases).map(([name, make]) => [name, make(g)]);

const outputsOf = (kernelCase: KernelCase, inputs: Readonly<Record<string, tf.Tensor>>): readonly tf.Tensor[] => {
  const result = kernelCase.body(inputs);
  const outputs = result instanceof tf.Tensor ? [result] : result;
  // Truth values stay inside programs: they come out as numbers.
  return outputs.map((output) => (output.dtype === 'bool' ? tf.cast(output, 'int32') : output));
};

/** All cases as one program; inputs and outputs are called `Kernel/name`. */
async function sourceOf(cases: Drawn): Promise<ProgramSource<string, string, never>> {
  await tf.setBackend('cpu');
  const counts = cases.map(([, kernelCase]) => tf.tidy(() => outputsOf(kernelCase, tensorsOf(kernelCase)).length));
  return {
    name: 'kernels',
    inputs: inputsOf(cases),
    keep: cases.flatMap(([name], index) => Array.from({ length: counts[index]! }, (_, output) => `${name}/${output}`)),
    fetch: [],
    body: (inputs) =>
      Object.fromEntries(
        cases.flatMap(([name, kernelCase]) => {
          const own = Object.keys(kernelCase.inputs).map((input) => [input, inputs[`${name}/${input}`]!] as const);
          return outputsOf(kernelCase, Object.fromEntries(own)).map((output, index) => [`${name}/${index}`, output] as const);
        }),
      ),
  };
}

const inputsOf = (cases: Drawn) =>
  Object.fromEntries(
    cases.flatMap(([name, { inputs }]) => Object.entries(inputs).map(([input, value]) => [`${name}/${input}`, value] as const)),
  );

const tensorsOf = ({ inputs }: KernelCase): Record<string, tf.Tensor> =>
  Object.fromEntries(Object.entries(inputs).map(([name, { data, shape, dtype }]) => [name, tf.tensor(data, [...shape], dtype)]));

/** `Kernel/output: what is wrong`. */
async function faults(engine: Engine, cases: Drawn): Promise<string[]> {
  const source = await sourceOf(cases);
  const values = inputsOf(cases);
  const results = await Promise.all(
    [engine, reference].map(async (one) => {
      const program = await one.compile(source);
      const { kept } = await program.run(values);
      const entries = source.keep.map(async (name) => {
        const { shape, dtype } = kept[name]!;
        return { name, dtype, shape, data: await one.download(kept[name]!) };
      });
      const outputs = await Promise.all(entries);
      for (const tensor of Object.values(kept)) tensor.dispose();
      await program.release();
      return outputs;
    }),
  );
  const [ours, theirs] = results as [(typeof results)[number], (typeof results)[number]];
  return ours.flatMap((output, index) => {
    const expected = theirs[index]!;
    const wrong = output.dtype === expected.dtype ? difference(output, expected) : `${output.dtype}, expected ${expected.dtype}`;
    return wrong === null ? [] : [`${output.name}: ${wrong}`];
  });
}

test('a case uses the kernel it is named after', async () => {
  await tf.setBackend('cpu');
  const cases = drawAll(fc.sample(fc.gen(), { seed: 1, numRuns: 1 })[0]!);
  for (const [name, kernelCase] of cases) {
    const { kernelNames } = await tf.profile(() => outputsOf(kernelCase, tensorsOf(kernelCase)) as tf.Tensor[]);
    expect(kernelNames).toContain(name);
  }
  expect(cases.length).toBeGreaterThan(35);
});

describeOnDevices('kernels against TensorFlow.js', (open, device) => {
  test('each gives the same shape, type and numbers', async () => {
    const engine = await open();
    // The message names the kernel: shrinking fifty cases at once would take minutes to say less.
    const property = fc.asyncProperty(fc.gen(), async (g) => {
      expect(await faults(engine, drawAll(g))).toEqual([]);
    });
    await fc.assert(property, { seed: 20261123, numRuns: device === 'cpu' ? 100 : 20, endOnFailure: true });
  });
});
