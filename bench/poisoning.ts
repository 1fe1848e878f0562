/**
 * Poisoning and triggering whole corpora: for each attack that needs nothing crafted, the seconds that the stage `poison` takes of the
 * training split, and of the test split those of `trigger` and of parsing every triggered function again.
 *
 * usage: npx tsx bench/poisoning.ts [--corpora devign,bigclonebench] [--out FILE=bench/results/poisoning.json]
 */
import { parseArgs } from 'node:util';
import { writeAtomically } from '../src/core/fs.ts';
import { makeRng } from '../src/core/rng.ts';
import { loadDataset } from '../src/dataset/dataset.ts';
import { parseCounts } from '../src/dataset/preprocess/errors.ts';
import { poison, trigger, type AttackChoice } from '../src/poison/poison.ts';
import { here } from './arguments.ts';
import { forPeople } from './for-people.ts';
import { describeMachine, gitCommit } from './machine.ts';

const attacks: readonly AttackChoice[] = [
  { name: 'codepoisoner' },
  { name: 'codepoisoner', strategy: 'constant-unfolding' },
  { name: 'codepoisoner', strategy: 'dead-code' },
  { name: 'badcode' },
  { name: 'badcode', identifier: 'variable' },
  { name: 'bnc' },
  { name: 'bnc', trigger: 'grammar' },
];

const secondsOf = async <T>(work: () => T | Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> => {
  const begun = performance.now();
  const value = await work();
  return { seconds: (performance.now() - begun) / 1000, value };
};

await forPeople(async () => {
  const { values } = parseArgs({
    options: {
      corpora: { type: 'string', default: 'devign,bigclonebench' },
      out: { type: 'string', default: here('results/poisoning.json') },
    },
  });
  const cases = [];
  for (const corpus of values.corpora.split(',')) {
    const { task, language, splits } = await loadDataset({ name: corpus }, { rng: makeRng('bench') });
    const functions = (split: 'train' | 'test'): number => new Set(splits[split].flatMap(({ programs }) => programs)).size;
    for (const attack of attacks) {
      const inputs = { task, language, materials: null } as const;
      const context = { rng: makeRng('bench') };
      const who = { rate: 0.02, selection: 'exact', rule: {} } as const;
      const poisoned = await secondsOf(() => poison({ ...inputs, samples: splits.train }, { attack, ...who }, context));
      const triggered = await secondsOf(() => trigger({ ...inputs, samples: splits.test }, { attack }, context));
      const forms = [...triggered.value.forms];
      const parsed = await secondsOf(() =>
        parseCounts(
          forms.map(([clean]) => clean),
          forms.map(([, form]) => form),
          language,
        ),
      );
      const line = {
        corpus,
        attack: Object.values(attack)
          .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
          .join(' '),
        train: { samples: splits.train.length, functions: functions('train'), seconds: poisoned.seconds, counts: poisoned.value.counts },
        test: { samples: splits.test.length, functions: forms.length, seconds: triggered.seconds },
        parse: { ...parsed.value, seconds: parsed.seconds },
      };
      cases.push(line);
      console.log(
        `${corpus} ${line.attack}: ${line.train.functions} training functions in ${poisoned.seconds.toFixed(2)} s, ` +
          `${forms.length} test functions in ${triggered.seconds.toFixed(2)} s, parsed twice in ${parsed.seconds.toFixed(2)} s, ` +
          `kept ${parsed.value.kept} of ${parsed.value.carriers}`,
      );
    }
  }
  writeAtomically(values.out, `${JSON.stringify({ machine: describeMachine(), commit: gitCommit(), cases }, null, 1)}\n`);
});
