// The tables of docs/reliability.md that long runs write.
import { expect, test } from 'vitest';
import { withRow } from './faults/report.ts';

test('a row replaces the one of its own table, though another names the job', () => {
  const page = ['| job |', '| a | 1 |', '<!-- one -->', '', '| job |', '| a | 2 |', '<!-- two -->'].join(
    '\n',
  );
  expect(withRow(page, 'a', ['3'], '<!-- two -->')).toBe(page.replace('| a | 2 |', '| a | 3 |'));
  expect(withRow(page, 'a', ['3'], '<!-- one -->')).toBe(page.replace('| a | 1 |', '| a | 3 |'));
  expect(withRow(page, 'b', ['4'], '<!-- two -->')).toBe(
    page.replace('<!-- two -->', '| b | 4 |\n<!-- two -->'),
  );
});
