/** Every architecture, its heads, gradients and optimiser steps against PyTorch's: every golden entry, on every device there is. */
import { expect, test } from 'vitest';
import { describeGolden } from '../../testing/golden.ts';
import { describeOnDevices } from '../../testing/engines.ts';
import { boundOf, goldenInputs, measureParity } from '../../testing/parity.ts';

for (const backbone of ['roberta', 't5', 'gpt-bigcode'] as const) {
  describeGolden(backbone, `${backbone}: parity with PyTorch`, (golden) => {
    describeOnDevices('every golden entry', (open) => {
      test('the largest relative error of each entry is within its bound', async () => {
        const measured = await measureParity(await open(), golden);
        // NaN is not ≤ a bound.
        expect(measured.filter(({ entry, error }) => !(error <= boundOf(entry)))).toEqual([]);
        expect([...measured.map(({ entry }) => entry), ...goldenInputs].toSorted()).toEqual(golden.names.toSorted());
        expect(golden.names).toHaveLength(26);
      });
    });
  });
}
