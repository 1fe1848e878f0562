/** Every reader of files from elsewhere gives a value or a UserError for every input; bench/fuzz-readers.ts tries many more. */
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readerCases } from '../testing/hostile-files.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const names = readerCases('').map(({ name }) => name);

it.each(names)('%s', (name) => {
  const { inputs, whole, read } = readerCases(join(temporaryFolder(), 'files')).find((one) => one.name === name)!;
  expect(whole.map(read)).toEqual(whole.map(() => true));
  let refused = 0;
  fc.assert(
    fc.property(inputs, (input) => {
      if (!read(input)) refused++;
    }),
    { seed: 20254, numRuns: 300 },
  );
  expect(refused).toBeGreaterThan(20);
});
