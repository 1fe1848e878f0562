/** Reading the records of pretrainings: what a report needs of them, and a broken one by name. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { readPretrainings } from './pretrainings.ts';

const curve = [{ epoch: 0, trainLoss: 2, validLoss: 3 }];

test('records are read by name, without a folder there are none, and a broken one is named', () => {
  const folder = temporaryFolder();
  const write = (name: string, record: object): void => writeFileSync(join(folder, `${name}.json`), JSON.stringify(record));
  expect(readPretrainings(join(folder, 'absent'))).toEqual([]);
  for (const name of ['b-standin', 'a-standin'])
    write(name, { schema: 1, name, key: 'k', settings: { objective: 'next-token', seed: 1 }, counts: {}, curve });
  writeFileSync(join(folder, 'README.md'), '');
  expect(readPretrainings(folder)).toEqual(['a-standin', 'b-standin'].map((name) => ({ name, objective: 'next-token', curve })));
  write('c-standin', { schema: 1, name: 'c-standin', settings: {}, curve });
  expect(() => readPretrainings(folder)).toThrow(/c-standin\.json.*objective/s);
});
