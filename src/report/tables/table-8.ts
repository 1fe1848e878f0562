/** Table 8 (discussion): a larger code model, a causal decoder; the rows and columns of Table 1. */
import { comparisonTables, type TableMember } from '../grid.ts';
import { causalDecoder } from '../vocabulary.ts';

export const table8: TableMember = {
  name: 'table-8',
  title: 'Table 8. A causal decoder under each defence',
  build: ({ families, reported }) =>
    comparisonTables({ families: families.filter(({ comparedWith }) => comparedWith === causalDecoder), reported }, ['table-8']),
};
