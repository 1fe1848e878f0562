/** Table 3 (RQ1): does plain fine-tuning on the same clean data remove BadCode? */
import { fineTuningTables, type TableMember } from '../grid.ts';

export const table3: TableMember = {
  name: 'table-3',
  title: 'Table 3. Plain fine-tuning against BadCode',
  build: (input) => fineTuningTables(input, 'badcode', 'table-3'),
};
