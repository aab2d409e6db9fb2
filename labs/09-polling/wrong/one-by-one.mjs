// Each tab asks when the one before has its answer.
const url = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`

for (let tab = 0; tab < 25; tab++) await (await fetch(`${url}/news?since=0&tab=${tab}`)).json()
