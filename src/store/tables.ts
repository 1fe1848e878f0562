/** The store's tables, long form, one fact a row (style.md 4), with the laws that hold for every row. */
import { z } from 'zod';

/** Bumped when a table changes: an older store is refused, deleted by its owner, and rebuilt from records. */
export const storeVersion = '1';

export const tables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS meta (name VARCHAR PRIMARY KEY, content VARCHAR NOT NULL)`,

  `CREATE TABLE IF NOT EXISTS stage (
    key VARCHAR PRIMARY KEY, stage VARCHAR NOT NULL, version INTEGER NOT NULL, params JSON NOT NULL, seed BIGINT, inputs JSON NOT NULL,
    commit VARCHAR, dirty BOOLEAN, versions JSON NOT NULL, device VARCHAR NOT NULL, started_at VARCHAR NOT NULL,
    seconds DOUBLE NOT NULL, peak_memory_bytes BIGINT)`,

  // source: 'record', or 'export' when only the committed CSV files are known; digest: of everything the run consists of.
  `CREATE TABLE IF NOT EXISTS run (
    run VARCHAR PRIMARY KEY, experiment VARCHAR NOT NULL, task VARCHAR NOT NULL, corpus VARCHAR NOT NULL, model VARCHAR NOT NULL,
    weights VARCHAR NOT NULL, compared_with VARCHAR, attack VARCHAR NOT NULL, defense VARCHAR NOT NULL, seed BIGINT NOT NULL,
    setting VARCHAR NOT NULL, notes JSON NOT NULL, failed_because VARCHAR, provenance JSON NOT NULL, stages JSON NOT NULL,
    source VARCHAR NOT NULL CHECK (source IN ('record', 'export')), digest VARCHAR NOT NULL)`,

  // The law: a value is missing if and only if a reason is given.
  `CREATE TABLE IF NOT EXISTS measurement (
    run VARCHAR NOT NULL, metric VARCHAR NOT NULL, subset VARCHAR NOT NULL, value DOUBLE, hits BIGINT, n BIGINT, unmeasured_because VARCHAR,
    PRIMARY KEY (run, metric, subset),
    CHECK ((value IS NULL) = (unmeasured_because IS NOT NULL)),
    CHECK (value IS NULL OR isfinite(value)),
    CHECK (hits IS NULL OR (n IS NOT NULL AND hits BETWEEN 0 AND n)))`,

  `CREATE TABLE IF NOT EXISTS trace (
    run VARCHAR NOT NULL, series VARCHAR NOT NULL, curve VARCHAR NOT NULL, step BIGINT NOT NULL, label VARCHAR,
    value DOUBLE NOT NULL CHECK (isfinite(value)),
    PRIMARY KEY (run, series, curve, step))`,

  `CREATE TABLE IF NOT EXISTS reported (
    position INTEGER PRIMARY KEY, exhibit VARCHAR NOT NULL, model VARCHAR NOT NULL, task VARCHAR NOT NULL, attack VARCHAR NOT NULL,
    defense VARCHAR NOT NULL, setting VARCHAR NOT NULL, metric VARCHAR NOT NULL, value DOUBLE, unit VARCHAR NOT NULL,
    status VARCHAR NOT NULL, note VARCHAR NOT NULL)`,
];

export const metaRow = z.strictObject({ name: z.string(), content: z.string() });
