/** How the tests run: beside the code, each file in its own process, without a retry. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'experiments/**/*.test.ts', 'bench/**/*.test.ts'],
    // Native add-ons (ONNX Runtime, DuckDB) hold state of the process; a crash must name one file.
    pool: 'forks',
    // The engine uses several threads itself.
    maxWorkers: 2,
    // A guard against hanging, not a measurement: some files train small models.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    restoreMocks: true,
    // A snapshot is written by hand (`npx vitest run -u`), never by a test run that happens to be the first.
    update: 'none',
    retry: 0,
    passWithNoTests: false,
  },
});
