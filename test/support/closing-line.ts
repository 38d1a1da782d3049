import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line that any log reader understands; before it, each test that failed at first and then passed, and why. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter(
      (module) => module.state() === 'failed' && module.errors().length > 0,
    ).length;
    for (const test of tests.filter((test) => test.diagnostic()?.flaky)) {
      const [first] = test.result().errors ?? [];
      console.log(
        `passed only at its second try: ${test.module.relativeModuleId} > ${test.fullName}\n  ${first?.stack ?? first?.message}`,
      );
    }
    console.log(`${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped`);
  }
}
