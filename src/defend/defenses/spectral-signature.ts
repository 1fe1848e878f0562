/** Spectral signature (Tran et al., NeurIPS 2018): poisoned samples stand out along the directions in which representations vary most. */
import { defineDataDefense } from '../define.ts';
import { detectBySpectrum } from '../spectral-signature/detect.ts';
import { spectralSchema, type SpectralSettings } from '../spectral-signature/settings.ts';

export const spectralSignature = defineDataDefense<{ readonly detection: SpectralSettings }>()({
  name: 'spectral-signature',
  title: 'Spectral signature',
  version: 1,
  cite: 'Tran, Li and Madry, Spectral Signatures in Backdoor Attacks, NeurIPS 2018; for code: Ramakrishnan and Albarghouthi, Backdoors in Neural Models of Source Code, 2020',
  access: 'weights',
  undefinedFor: {},
  departures: [
    {
      setting: 'representation',
      source: 'penultimate layer; for code: encoder output, attention contexts, or the last hidden state at position 0',
      ours: 'the vector that the head reads; in code search, which has no head, the pooled vector of the code',
      why: 'it is what the decision is made of, for every architecture alike',
    },
    {
      setting: 'detection.k',
      source: 'Tran et al.: 1; for code: 10 (1 often fails), or 1, 2 and 3',
      ours: '1',
      why: 'the method’s own; an experiment names a second entry with 10 beside it',
    },
    {
      setting: 'detection.group',
      source: 'Tran et al.: label; for code: the whole list, chunks of 1,000, or its first 30,000 samples',
      ours: 'label; in code search all samples have one',
      why: 'the method’s own; 30,000 is a limit of one machine’s memory',
    },
    {
      setting: 'detection.factor',
      source: 'top 1.5·ε·N of each label; ε·N is read as the bound on all poisoned samples, or as a share of the label',
      ours: '1.5·ε·N of each label with N the whole list; of a chunk with N its samples',
      why: 'Algorithm 1: all poisoned samples may have one label, and a share of that label would leave some of them; rounded to the nearest count',
    },
    {
      setting: 'detection.poisonRate',
      source: 'the true rate, an oracle, in all papers',
      ours: 'the same, or a number given from outside',
      why: 'a defender does not know the rate',
    },
    {
      setting: 'detection.eigenvector',
      source: 'BadCode’s script and its descendants: the row of the matrix whose columns are the eigenvectors',
      ours: 'the column; the row on demand',
      why: 'the row is no eigenvector, and what it is depends on the signs that a solver chose (here: the largest entry positive)',
    },
  ],
  params: spectralSchema,
  detect: {
    needs: ['victim', 'training', 'poisonRate'],
    run: (inputs, { detection }, context) => detectBySpectrum(inputs, detection, context),
  },
});
