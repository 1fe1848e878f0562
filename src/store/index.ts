/** The results store: the only folder that knows how results are kept. */
export { collect, openResults } from './collect.ts';
export { formatCsv } from './csv.ts';
export { exportMeasurements } from './export.ts';
export { importMeasurements } from './import.ts';
export { readRecords, writeRecord } from './records.ts';
export { readReportedRows, readRuns, type RunProvenance, type StoredRun, type Taken } from './runs.ts';
export { openStore, type Store } from './store.ts';
