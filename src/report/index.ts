/** Reports: tables and figures from the store. */
export { figures } from './figures/index.ts';
export type { DefenseFacts } from './knowledge.ts';
export type { Pretraining } from './pretrainings.ts';
export { buildReport, type Report, type ReportOptions } from './report.ts';
export type { Planned } from './slots.ts';
export { tables } from './tables/index.ts';
