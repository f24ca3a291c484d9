// Who asks gets what was there when they asked, and no more lists are under way than need be.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { SharedList } from '../../../src/controllers/shared-list.ts';

/** Lists that end when they are told to. */
function slowLists() {
  const begun: PromiseWithResolvers<string>[] = [];
  const lists = new SharedList(() => {
    const list = Promise.withResolvers<string>();
    begun.push(list);
    return list.promise;
  });
  return { lists, begun };
}

test('those who ask together get one list', async () => {
  const { lists, begun } = slowLists();
  const asked = [lists.get('a'), lists.get('a'), lists.get('a')];
  await turn();
  assert.equal(begun.length, 1);
  begun[0]?.resolve('first');
  assert.deepEqual(await Promise.all(asked), ['first', 'first', 'first']);
});

test('who asks while a list is under way gets a later one, and need not wait for the first', async () => {
  const { lists, begun } = slowLists();
  void lists.get('a');
  await turn();
  const later = lists.get('a');
  await turn();
  begun[1]?.resolve('second');
  assert.equal(await later, 'second');
});

test('four are under way at most, and those who ask meanwhile share the fifth', async () => {
  const { lists, begun } = slowLists();
  for (let index = 0; index < 4; index += 1) {
    lists.get('a').catch(() => {});
    await turn();
  }
  const waiting = [lists.get('a'), lists.get('a')];
  await turn();
  assert.equal(begun.length, 4);
  const elsewhere = lists.get('b');
  await turn();
  assert.equal(begun.length, 5, 'another namespace has lists of its own');
  begun[4]?.resolve('of b');
  assert.equal(await elsewhere, 'of b');
  begun[2]?.reject(new Error('the API server is away'));
  await turn();
  assert.equal(begun.length, 6);
  begun[5]?.resolve('fifth');
  assert.deepEqual(await Promise.all(waiting), ['fifth', 'fifth']);
});

test('a list that fails fails for those who asked for it alone', async () => {
  const { lists, begun } = slowLists();
  const first = lists.get('a');
  await turn();
  begun[0]?.reject(new Error('the API server is away'));
  await assert.rejects(first, /away/);
  const second = lists.get('a');
  await turn();
  begun[1]?.resolve('there');
  assert.equal(await second, 'there');
});
