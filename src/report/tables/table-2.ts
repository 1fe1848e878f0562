/** Table 2 (RQ1): does plain fine-tuning on the same clean data remove CodePoisoner? */
import { fineTuningTables, type TableMember } from '../grid.ts';

export const table2: TableMember = {
  name: 'table-2',
  title: 'Table 2. Plain fine-tuning against CodePoisoner',
  build: (input) => fineTuningTables(input, 'codepoisoner', 'table-2'),
};
