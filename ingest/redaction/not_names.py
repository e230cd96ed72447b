"""English words that manuals capitalise and that lists of names or a small model take for people."""

from __future__ import annotations

_MENUS = """
    about access account action add adjust advanced air alert allow alpha analysis antenna app appendix application
    apply art assistant audio author auto back balance bar base basic battery before best beta blue bluetooth board
    book bottom box bright brightness brown browse browser button cable calendar call camera cancel card care case
    cell center change channel chapter chart check classic clean clear clip clock close cloud code color colour
    command company component computer configuration connect connection contact content control cook copy corner
    cover credit current custom dash dashboard data date dawn day decor deep default delete delta description design
    device dialog digital disc display document download drive dual duo dynamic early east easy echo eco edge edit
    effect email enable end energy enter equation error ethernet even event ever exit expert express external extra
    factory fast field figure file film filter firmware first flash folder font form format frame free front full
    function galaxy game gamma gear general genre gold good gram grand gray great green group guide hard hazard hdmi
    head heart help high hold home hot hub icon image important index info information input install instant
    internet item jar jump key keyboard kit label lake land language laser last late later lead learn led left level
    light lime line link linux list live load lock log login logo london long main major manual map march mark
    master mat max may media medical memory menu merge message meta method micro mid mini mirror mobile mode model
    modern module monitor monte moon more motion mouse move movie multi music mute my native near network new next
    night north note notice number off office ok old older omega on only open option orange order other output over
    overview owner page panel paper password path pearl pen people phone photo picture pilot pin pine pink pixel
    plain play player plus point pool port post power premium press pressure preview price prime print printer
    privacy pro product profile program project prompt protein protocol pseudo public pure push python quality queen
    quick radio rain range rapid rate read ready real rear receiver recent record recording recordings red reference
    refresh region register release remote remove repeat report request reset resolution rest result return review
    rich right ring river robot room root rose round router safe safety sale same sample save scan scene schedule
    science scope screen search season second section security see seek select sense sensor sent serial series
    server service set settings setup share sharp shop short shortcuts show side signal silver similarly simple
    single sky sleep slide slow small smart smooth soft software solar solution sound source south space speaker
    special speed spring stage standard star start state station status step stereo still stone stop storage store
    storm stream street strong studio style submit subtitle summer sun super support surround sweet switch system
    tab table target task team television test text theme theory thread thunder time timer title today tool top
    total touch town track trail train travel tuner turn tv type ultra under union unit update upgrade upload usb
    use user valley value vector version video view viewing virtual vision voice volume walk wall war warm warning
    warranty wash watch water wave wear weather web welcome west wheel white wide widget wifi wild will wind window
    winter wireless wise wood word work world yellow young zone zoom
"""
_NAMESAKES = """
    april august bill chase chip christian claude cox crystal diamond divine dolly earnest edge ever faith gene
    genesis grace grant guy hope jack java jean jersey jordan joy june justice king lance lily major mercy merit
    mike misty olive pat patience penny peng prince princess ray reed ruby sage scout skip sterling sue swift temple
    trinity victor victory virgin virginia washington wednesday monday sunday friday tuesday thursday saturday
    january february july september october november december america american asia china chinese english french
    german greek india indian italian japan japanese korea korean spanish texas paris berlin vienna sydney austin
    boston chicago dallas denver houston madison orlando phoenix georgia carolina dakota montana nevada israel
    cyprus holland kenya malta chad iran turkey sierra new york nile cuba heath among council mac sera city state
    states united kingdom carry institute university santiago francisco san santa diego jose dear valued customer
    sir madam the this that these those name
"""
_SCIENCE = """
    acid agar candida pol musa akt alpha assay bayesian bcl bim bax cas cell casein chi cohort control cyclin dna
    doppler fisher gaussian gene hill kaplan kimura kinase lewis lin likert markov medline meier mice monte carlo
    mouse notch pearson poisson protein rat ras rho sigma smith student target theta tau wilcoxon wnt
"""
NOT_NAMES = frozenset(word for words in (_MENUS, _NAMESAKES, _SCIENCE) for word in words.split())
"""In lower case. A person with such a name is still found by their title, their surname or "my name is"."""
