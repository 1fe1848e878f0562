/** Scanning's public face. */
export { attemptsIn } from './attempts.ts';
export type { AskedScan, EliminateRequest, Elimination, Scan, ScanContext } from './contracts.ts';
export { eliminate } from './eliminate.ts';
export { remainderLines, standingRows } from './elimination-text.ts';
export { checkReportFolder, verdictLines, writeReport } from './report.ts';
export { openScan, scan, scanDefaults, withDefaults } from './scan.ts';
