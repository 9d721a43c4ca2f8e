import time
import pytest
from chatkit.proto.casemapping import casefold
from tests.ircd.logging_in import PASSWORD, WORD, logged_in, make_account, plain
from tests.ircd.test_accounts import mails, restarted, code_in
from chatkit.ircd.state import Session

def test_regain(make_net):
    net = make_net()
    make_account(net, "bob", WORD)
    one = logged_in(net, "bob", password=WORD)
    two = logged_in(net, "bob", password=WORD, nick="other")
    print(two.ask("PRIVMSG NickServ :REGAIN bоb"))  # cyrillic o
    print(net.ircd.users)
    net.check()

def test_crlf(net):
    a = net.register("alice", "batch message-tags labeled-response")
    print(a.ask("@batch=x\\r\\nPRIVMSG\\s#a\\s:hello PING x"))

def test_redact_ended(net):
    net2 = net
    a = net.register("alice", "draft/message-redaction message-tags echo-message batch draft/chathistory")
    a.send("JOIN #room"); a.raw()
    a.send("PRIVMSG #room :hello")
    line = [l for l in a.raw() if "PRIVMSG" in l][0]
    msgid = line.split("msgid=")[1].split(" ")[0].split(";")[0]
    net.slow = True
    a.send(f"REDACT #room {msgid}")
    net.ircd.kill
    from chatkit.ircd.apply import apply
    from chatkit.ircd.events import Parted
    apply(net.ircd, Parted(net.ircd.cause(a.session.user, net.now), "#room"))
    net.settle()
    net.slow = False
    net.answer()
    print(a.raw())
    print(net.store._writer.db.execute("select t.name, command, recipient, text from events join targets t on t.id=target").fetchall(), net.store._writer.db.execute("select * from messages").fetchall())

def test_verify_race(make_net, mails):
    net = make_net(accounts={"registration": "mail"}, mail={"host": "localhost", "sender": "x@example.org"})
    c = net.connect()
    c.send("NICK alice", "USER a 0 * :A", "REGISTER * a@example.org hunter22")
    print(c.raw())
    net.slow = True
    c.send(f"VERIFY alice {code_in(mails)}")
    from chatkit.ircd import enrolment
    enrolment.delete(net.ircd, net.ircd.accounts.find("alice"), False, net.now)
    net.settle()
    net.slow = False
    net.answer()
    print(c.raw())
    print(c.session.account, restarted(net).accounts.by_name)
    print([(r[0], r[1]) for r in net.store._writer.db.execute("select kind,key from documents")])

def test_password_race(net):
    make_account(net, "alice", WORD)
    one = logged_in(net, "alice", password=WORD)
    net.slow = True
    one.send(f"NS PASSWORD {WORD} other-password")
    for _ in range(2):
        job = net.jobs.pop(0); net.ircd.resume(job, net._see_to(job.request), net.now); net.settle()
    from chatkit.ircd import enrolment
    enrolment.delete(net.ircd, net.ircd.accounts.find("alice"), False, net.now)
    net.settle()
    net.slow = False
    net.answer()
    print([(r[0], r[1]) for r in net.store._writer.db.execute("select kind,key from documents")])

def test_mail_race(make_net, mails):
    net = make_net(accounts={"registration": "mail"}, mail={"host": "localhost", "sender": "x@example.org"})
    c = net.connect()
    net.slow = True
    c.send("NICK alice", "USER a 0 * :A", "REGISTER * a@example.org hunter22")
    for _ in range(2):
        job = net.jobs.pop(0); net.ircd.resume(job, net._see_to(job.request), net.now); net.settle()
    from chatkit.ircd import enrolment
    enrolment.delete(net.ircd, net.ircd.accounts.find("alice"), False, net.now)
    net.settle()
    job = net.jobs.pop(0)
    try:
        net.ircd.resume(job, OSError("x"), net.now)
    except Exception as e:
        print("RAISED", repr(e))
    net.settle(); net.slow=False
    print(c.ask("PING x"), c.session.busy)

def test_list_cost(make_net):
    net = make_net(limits={"rooms_per_user": 6000, "sendq_bytes": 100000000, "commands_burst": 100000, "recvq_lines": 100000})
    a = net.register("alice"); 
    for i in range(0, 5000, 20):
        a.send("JOIN " + ",".join(f"#r{j}" for j in range(i, i+20)))
    a.raw()
    b = net.register("bob")
    import itertools, string
    ms = ["!" + x+y+"*" for x in string.ascii_lowercase for y in string.ascii_lowercase][:120]
    t = time.perf_counter(); b.send("LIST " + ",".join(ms)); print("LIST !", time.perf_counter()-t, b.session.allowance)
    ms = ["*" + x+y+"?" for x in string.ascii_lowercase for y in string.ascii_lowercase][:120]
    t = time.perf_counter(); b.send("LIST " + ",".join(ms)); print("LIST *", time.perf_counter()-t, b.session.allowance)
