/**
 * For tests that need a program which may not be installed (a browser, a Python with zmq). Says whether to
 * run them: `describe.runIf(available('chromium', path))`. Under ZEROSPAN_TEST_REQUIRE=all a missing one
 * throws, so that continuous integration cannot pass by skipping.
 */
export function available(what: string, found: unknown): boolean {
  const there = found !== undefined && found !== false;
  if (!there && process.env.ZEROSPAN_TEST_REQUIRE === 'all') {
    throw new Error(`${what} is missing, and ZEROSPAN_TEST_REQUIRE=all does not allow skipping its tests`);
  }
  return there;
}
