/**
 * Executes results.ipynb without a browser and writes out/results.html; exit status 1 when a cell fails.
 * Needs jupyter-nbconvert and jupyter-client (Debian: `apt-get install --no-install-recommends jupyter-nbconvert jupyter-client`).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'out');
const results = resolve(process.env['ELIBADCODE_RESULTS'] ?? join(here, '..', 'results'));
// Debian's own first: a Python of pyenv or conda that shadows it lacks the packages.
const jupyter = process.env['JUPYTER'] ?? (existsSync('/usr/bin/jupyter-nbconvert') ? '/usr/bin/jupyter' : 'jupyter');

function stop(message) {
  process.stderr.write(`notebook: ${message}\n`);
  process.exit(1);
}

function nbconvert(...args) {
  // The kernel's description beside us names tslab relative to itself, so no path of a machine is written anywhere.
  const env = { ...process.env, JUPYTER_PATH: here, ELIBADCODE_RESULTS: results };
  const run = spawnSync(jupyter, ['nbconvert', '--log-level', 'WARN', '--output-dir', out, ...args], { env, encoding: 'utf8' });
  if (run.error !== undefined) stop(`cannot start ${jupyter}: ${run.error.message}\n  on Debian: apt-get install --no-install-recommends jupyter-nbconvert jupyter-client`);
  if (run.status !== 0) stop(`nbconvert failed\n${run.stderr}`);
}

for (const file of ['measurements.csv', 'runs.csv', 'traces.csv', 'tables/table-1.csv', 'figures']) {
  if (!existsSync(join(results, file))) stop(`${join(results, file)} is missing: \`npx elibadcode export\` and \`make report\` write it`);
}
if (!existsSync(join(here, 'node_modules/.bin/tslab'))) stop('tslab is not installed: npm ci --prefix notebooks');

// tslab reports a failing cell as text on the cell's error stream and no more, so that nbconvert alone would stop without a reason.
nbconvert('--to', 'notebook', '--execute', '--allow-errors', join(here, 'results.ipynb'));
const { cells } = JSON.parse(readFileSync(join(out, 'results.ipynb'), 'utf8'));
for (const { source, outputs = [] } of cells) {
  const said = outputs.filter(({ output_type, name }) => output_type === 'error' || name === 'stderr').flatMap(({ text = [] }) => text);
  if (said.length > 0) stop(`this cell failed:\n\n${source.join('')}\n\n${said.join('')}`);
}
if (!cells.some(({ outputs = [] }) => outputs.length > 0)) stop('no cell wrote anything');
nbconvert('--to', 'html', join(out, 'results.ipynb'));
process.stdout.write(`${join(out, 'results.html')}\n`);
