import time, string
from chatkit.proto import masks
from tests.ircd.logging_in import WORD, logged_in, make_account

def test_list_cost(make_net):
    net = make_net(limits={"rooms_per_user": 6000, "sendq_bytes": 100000000, "commands_burst": 100000, "recvq_lines": 100000})
    a = net.register("alice"); 
    for i in range(0, 5000, 20):
        a.send("JOIN " + ",".join(f"#r{j}" for j in range(i, i+20)))
    a.raw()
    b = net.register("bob")
    for s in ("!", "*"):
        ms = [s + x+y+"*" for x in string.ascii_lowercase for y in string.ascii_lowercase][:90]
        for _ in range(2):
            before = b.session.allowance; t = time.perf_counter(); b.send("LIST " + ",".join(ms)); d=time.perf_counter()-t
            print("LIST", s, d, "tokens", before-b.session.allowance, b.raw()[:1])
    # no rooms fit: unique masks to compile
    n = 0
    t = time.perf_counter()
    before = b.session.allowance
    net.ircd.channels_saved = None
    net2 = make_net
    print()

def test_compile_cost(make_net):
    net = make_net(limits={"commands_burst": 100000, "recvq_lines": 100000})
    a = net.register("alice"); b = net.register("bob")
    import itertools
    it = itertools.product(string.ascii_lowercase, repeat=4)
    before = b.session.allowance; t = time.perf_counter()
    for _ in range(20):
        b.send("LIST " + ",".join("!" + "*".join(next(it)) for _ in range(50)))
    print("20 LIST of unique masks", time.perf_counter()-t, before-b.session.allowance)
    a.send("JOIN #room"); b.send("JOIN #room")
    for i in range(90):
        a.send(f"MODE #room +b *{i}?a*b*c*d*e!*@*x?{i}*.example.*")
    t = time.perf_counter()
    before = a.session.allowance
    for i in range(20):
        a.send(f"MODE #room +b-b *zz{i}*!*@* *zz{i}*!*@*")
        b.send("PRIVMSG #room :x")
    print("20 ban changes", time.perf_counter()-t, before-a.session.allowance)
    t = time.perf_counter()
    for i in range(20):
        a.send(f"MODE #room +b-b *yy{i}*!*@* *yy{i}*!*@*"); b.send("PRIVMSG #room :x")
    print("20 again", time.perf_counter()-t)

def test_chanserv(net):
    make_account(net, "alice", WORD)
    a = logged_in(net, "alice", password=WORD)
    from chatkit.ircd.registrations import Registration
    for i in range(10000):
        net.ircd.registrations[f"#rüm{i}"] = Registration(f"#rüm{i}", 1, founder="@x")
    a.send("JOIN #neu")
    before = a.session.allowance
    t = time.perf_counter(); a.send("CS REGISTER #neu"); print("register", time.perf_counter()-t, before-a.session.allowance, a.raw()[-1])
    t = time.perf_counter(); a.send("CS LIST"); print("list", time.perf_counter()-t, a.raw()[-1])
    net.ircd.registrations = {k:v for k,v in net.ircd.registrations.items() if k == "#neu"}
