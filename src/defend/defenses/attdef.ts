/** AttDef (Li et al., Findings of ACL 2023): mask the sub-tokens that carry the prediction (defenses.md 5). */
import { attDefSchema, settleAttDef, type SettledAttDef } from '../attdef/settings.ts';
import { learnFromValidation, type Learnt } from '../attdef/prepare.ts';
import { maskInputs } from '../attdef/purify.ts';
import { defineInputDefense } from '../define.ts';

export const attdef = defineInputDefense<SettledAttDef, Learnt>()({
  name: 'attdef',
  title: 'AttDef',
  version: 1,
  cite: 'Li et al., Defending against Insertion-based Textual Backdoor Attacks via Attribution, Findings of ACL 2023',
  access: 'weights',
  undefinedFor: {},
  departures: [
    {
      setting: 'purification.gate',
      source: 'own: ELECTRA-large flags inputs, or none; EliBadCode: “an external pre-trained language model”, none in its code',
      ours: 'none: every input is treated, and none has a score; `language-model`: those whose largest ONION score exceeds the 95th percentile of such scores on clean validation samples. The threshold is then tuned with flagged samples alone masked, as in the authors’ code',
      why: 'the authors’ code has both variants; ELECTRA knows natural language',
    },
    {
      setting: 'attribution',
      source: 'own: partial layer-wise relevance propagation',
      ours: 'Integrated Gradients, 50 steps at s/50, zero embeddings as baseline, summed over the width',
      why: 'EliBadCode compares with this form. The right-hand sum of 50 points errs by up to about 1/50 of the integrand’s range, its library’s Gauss–Legendre nodes by far less; its mean over the width is a factor that normalising takes out',
    },
    {
      setting: 'purification.threshold',
      source: 'own: tuned; EliBadCode’s code: 0.5 on three normalisations, in scripts that are CodeDetector’s',
      ours: 'tuned; any number selectable, 0.5 among them',
      why: 'the method’s own rule; on F1 for clones and MRR for code search, the metrics that stand for accuracy there',
    },
    {
      setting: 'mask',
      source: 'own: [MASK] of BERT',
      ours: 'the tokenizer’s <mask>, <unk> where it has none',
      why: 'a model trained from scratch here has never read either: its embedding is as it was drawn',
    },
    {
      setting: 'text of a pair, and of code search',
      source: 'own: one text an input',
      ours: 'both programs of a pair, normalised together; the function alone, by the cosine with its query. A function without a query stays as it is',
      why: 'a pair is one input of the model; the attack is in the code',
    },
    {
      setting: 'query in code search',
      source: 'own: no such task',
      ours: 'explained is the cosine with the sample’s own query, the answer that MRR is measured by: AttDef’s cells of code search are optimistic',
      why: 'specified so; a defender at search time has a query of whoever searches, not the one that describes the function',
    },
    {
      setting: 'decoder',
      source: 'own: encoders alone',
      ours: 'a decoder beside an encoder reads the same scaled embeddings',
      why: 'both read the words through one table; attributions then add up to the whole prediction',
    },
    {
      setting: 'pre-training scenario',
      source: 'own: tokens that often carry the top attribution in the training data are masked too',
      ours: 'not there',
      why: 'at test time the defender has the model and clean validation samples, no training data',
    },
  ],
  params: attDefSchema,
  settle: settleAttDef,
  prepare: {
    needs: ['victim', 'pool', 'validation'],
    applies: ({ purification }) => purification.threshold === 'tuned' || purification.gate !== 'none',
    run: (inputs, { preparation }, context) => learnFromValidation(inputs, preparation, context),
  },
  purify: {
    needs: ['victim', 'pool'],
    run: (inputs, { purification }, context) => maskInputs(inputs, purification, context),
  },
});
