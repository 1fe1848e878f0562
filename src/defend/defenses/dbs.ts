/** DBS (Shen et al., ICML 2022): invert a soft trigger by dynamic bound scaling, judge the model, unlearn the trigger (defenses.md 1). */
import { departures } from '../dbs/departures.ts';
import { invertSoftly } from '../dbs/invert.ts';
import { dbsSchema, type DbsSettings } from '../dbs/settings.ts';
import { defineModelDefense } from '../define.ts';
import { defendTasks } from '../tasks/index.ts';
import { type Settled, settleTuning } from '../unlearning/settings.ts';
import { unlearnInverted } from '../unlearning/unlearn.ts';
import { judge } from '../verdict.ts';

/** What the phases are given. */
type Given = DbsSettings & { readonly unlearning: Settled<DbsSettings['unlearning']> };

export const dbs = defineModelDefense<Given>()({
  name: 'dbs',
  title: 'DBS',
  version: 1,
  cite: 'Shen et al., Constrained Optimization with Dynamic Bound-scaling for Effective NLP Backdoor Defense, ICML 2022',
  access: 'weights',
  undefinedFor: { search: 'it tries each label as target, and code search has too many possible targets' },
  departures,
  params: dbsSchema,
  settle: (params: DbsSettings, task) => ({ ...params, unlearning: settleTuning(params.unlearning, defendTasks[task]) }),
  invert: { needs: ['victim', 'pool'], run: (inputs, { inversion }, context) => invertSoftly(inputs, inversion, context) },
  judge: (inversion, references, { verdict }) => judge(inversion, references, verdict),
  repair: {
    needs: ['victim', 'pool'],
    run: (inputs, { unlearning }, context) => unlearnInverted(inputs, inputs.inversion, unlearning, context),
  },
});
