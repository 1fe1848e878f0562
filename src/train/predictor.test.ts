/** A predictor that goes on with another value of a parameter gives what one opened with that value gives. */
import { expect, test } from 'vitest';
import { openEngine } from '../engine/index.ts';
import { tinyModel, tinyRows } from '../testing/tiny-model.ts';
import { openPredictor, predictInputs } from './predictor.ts';
import { defect } from './tasks/defect.ts';
import { search } from './tasks/search.ts';

test.each([defect, search])('$name: replaced', async (task) => {
  const model = tinyModel({ task });
  const { rows, labels } = tinyRows(6);
  const inputs = rows.map((row, index) => (task.name === 'search' ? [row, rows.at(index - 1)!] : [row]));
  const parameter = model.parameters.find(({ key }) => key === model.network.inner.readBy)!;
  const name = parameter.tensors[0]!;
  const { shape, data } = model.tensors.get(name)!;
  const changed = new Map(model.tensors).set(name, { shape, data: data.map((value) => 3 * value) });
  const engine = await openEngine({ device: 'cpu', engine: 'traced', threads: 1 });
  const predictor = await openPredictor(engine, model, model.tensors);
  const before = await predictor.predict(inputs, labels);
  await predictor.replace(parameter, changed);
  const after = await predictor.predict(inputs, labels);
  await predictor.close();
  expect(before).toEqual(await predictInputs(engine, model, model.tensors, inputs, labels));
  expect(after).toEqual(await predictInputs(engine, model, changed, inputs, labels));
  await engine.close();
  expect(after).not.toEqual(before);
});
