import { describe, expect, test } from 'vitest';
import { listeningIn, startUpIn } from '../../src/facts/listening.ts';

describe('where a program says that it listens', () => {
  test.each<readonly [string, number, boolean]>([
    ['listening on :8080', 8080, false],
    ['INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)', 8000, false],
    ['Tomcat started on port(s): 8081 (http) with context path', 8081, false],
    ['{"message":"PaymentService gRPC server started on port 50051"}', 50051, false],
    ['Server listening at http://127.0.0.1:3000', 3000, true],
    ['Now listening on: http://[::]:5000', 5000, false],
    ['* Listening on tcp://localhost:9292', 9292, true],
    ['nginx: accepting connections on 0.0.0.0:8443', 8443, false],
  ])('%s', (line, port, isLoopback) => {
    expect(listeningIn(line)).toMatchObject([{ port, isLoopback }]);
  });

  test.each([
    'listen tcp :8080: bind: address already in use',
    'error: could not start server on port 8080',
    'connected to postgres at db:5432',
    'started worker 12 at 10:24:31',
    'Running 24 migrations',
  ])('is not told by: %s', (line) => {
    expect(listeningIn(line)).toEqual([]);
  });
});

describe('how long a program says that it started', () => {
  test.each<readonly [string, number]>([
    ['Started Ferry in 48.25 seconds (process running for 49.1)', 48.25],
    ['ferry 1.0 on JVM started in 2.431s. Listening on: http://0.0.0.0:8080', 2.431],
    ['Server startup in [31,204] milliseconds', 31.204],
    ['WFLYSRV0025: WildFly 30 started in 12345ms', 12.345],
  ])('%s', (line, seconds) => {
    expect(startUpIn(line)?.seconds).toBeCloseTo(seconds);
  });

  test.each(['Starting Ferry', 'request finished in 12 ms', 'started 3 workers'])(
    'is not told by: %s',
    (line) => {
      expect(startUpIn(line)).toBeNull();
    },
  );
});
