/** Table 1 (RQ1): does EliBadCode remove the backdoor, and better than the baselines? With the controls that the paper lacks. */
import { comparisonTables, type TableMember } from '../grid.ts';
import { causalDecoder } from '../vocabulary.ts';

export const table1: TableMember = {
  name: 'table-1',
  title: 'Table 1. Clean metric and attack success under each defence',
  build: ({ families, reported }) =>
    comparisonTables(
      { families: families.filter(({ comparedWith }) => comparedWith !== causalDecoder), reported },
      // Fine-tuning is Tables 2 and 3 of the paper, the clean model its Table 4.
      ['table-1', 'table-2', 'table-3', 'table-4'],
    ),
};
