import assert from 'node:assert/strict';
import { connectionsInCompose, connectionsInEnv } from '../../../src/host/workspaceConnections';

describe('connectionsInEnv', () => {
  it('takes each variable that holds a connection string', () => {
    const text = [
      '# DATABASE=mongodb://commented/',
      'MONGO_URL=mongodb://localhost:27017/shop?replicaSet=rs0 # local',
      `export ATLAS_URI="mongodb+srv://ann:s%40cret@c.example.org/shop"`,
      "QUOTED='mongodb://127.0.0.1/'",
      'PORT=3000',
      'COMPOSED=mongodb://${HOST}/shop',
    ].join('\r\n');
    assert.deepEqual(connectionsInEnv(text), [
      { name: 'MONGO_URL', uri: 'mongodb://localhost:27017/shop?replicaSet=rs0' },
      { name: 'ATLAS_URI', uri: 'mongodb+srv://ann:s%40cret@c.example.org/shop' },
      { name: 'QUOTED', uri: 'mongodb://127.0.0.1/' },
    ]);
  });
});

describe('connectionsInCompose', () => {
  it('takes published MongoDB services, with the root user the file gives', () => {
    const text = `
services:
  web:
    image: node:24
    ports:
      - "3000:3000"
  db: # the shop
    image: "mongo:6.0"
    command: --replSet rs0
    environment:
      MONGO_INITDB_ROOT_USERNAME: root
      MONGO_INITDB_ROOT_PASSWORD: "p@ss"
    ports:
    - 127.0.0.1:27018:27017
  hidden:
    image: mongo
  bitnami:
    image: docker.io/bitnami/mongodb:7.0
    environment:
      - MONGO_INITDB_ROOT_USERNAME=\${USER}
    ports: ["27019:27017/tcp"]
  long:
    image: mongo@sha256:00
    ports:
      - target: 27017
        published: "27020"
volumes:
  db: {}
`;
    assert.deepEqual(connectionsInCompose(text), [
      { name: 'db', uri: 'mongodb://root:p%40ss@localhost:27018/?directConnection=true' },
      { name: 'bitnami', uri: 'mongodb://localhost:27019/?directConnection=true' },
      { name: 'long', uri: 'mongodb://localhost:27020/?directConnection=true' },
    ]);
  });

  it('finds nothing in what is no compose file', () => {
    assert.deepEqual(connectionsInCompose('image: mongo\nports:\n  - "1:2"\n'), []);
    assert.deepEqual(connectionsInCompose(''), []);
  });
});
