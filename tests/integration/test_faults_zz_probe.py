import cProfile, pstats, time
pytest_plugins = ["tests.support.fault_fixtures"]
def test_p(scratch):
    scratch.load()
    pr=cProfile.Profile(); t=time.time(); c=time.process_time(); pr.enable()
    for _ in range(20): scratch.load()
    pr.disable(); print("WALL", (time.time()-t)/20, "CPU", (time.process_time()-c)/20)
    t=time.time(); c=time.process_time()
    for _ in range(20): scratch.load()
    print("WALL", (time.time()-t)/20, "CPU", (time.process_time()-c)/20)
    pstats.Stats(pr).sort_stats("cumtime").print_stats(45)
